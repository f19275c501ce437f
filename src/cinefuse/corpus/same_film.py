"""When two sources speak of the same film."""


def same_film(movie_id: str) -> str:
    """The id without what differs from source to source.

    Example:
        >>> same_film("tt0111161"), same_film("111161"), same_film("film 7")
        ('111161', '111161', 'film 7')
    """
    number = movie_id.removeprefix("tt")
    return number.lstrip("0") if number.isdecimal() else movie_id
