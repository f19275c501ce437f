"""An export to the Hugging Face hub: the folder is what the hub takes, its card included."""

from pathlib import Path

from huggingface_hub import HfApi

from cinefuse.exported.record import read_export_record


def push(directory: Path, repo_id: str, *, private: bool = True, api: HfApi | None = None) -> str:
    """Uploads an export as a repository of models, made if it is not there; returns its address.

    Args:
        directory: what `cinefuse export` wrote.
        repo_id: "owner/name".
        private: of a new repository; one that is there stays as it is.
        api: who uploads; huggingface_hub's own, logged in as `hf auth login` did, unless given.

    Raises:
        RunError: if the folder is no export.
    """
    record = read_export_record(directory)
    uploader = api or HfApi()
    uploader.create_repo(repo_id, private=private, exist_ok=True)
    done = uploader.upload_folder(
        repo_id=repo_id, folder_path=directory, commit_message=f"cinefuse {record.version}: {record.model}"
    )
    return str(done)
