"""The genres of MM-IMDb, in the one order that is right.

The order is that of the HDF5 file's `target_names` (by number of movies, most first); see
Arevalo et al. 2017, https://arxiv.org/abs/1702.01992. Other code hard-coded other orders and so
misnamed its results: names are read from the source wherever it has them.
"""

MMIMDB_GENRES = (
    "Drama",
    "Comedy",
    "Romance",
    "Thriller",
    "Crime",
    "Action",
    "Adventure",
    "Horror",
    "Documentary",
    "Mystery",
    "Sci-Fi",
    "Fantasy",
    "Family",
    "Biography",
    "War",
    "History",
    "Music",
    "Animation",
    "Musical",
    "Western",
    "Sport",
    "Short",
    "Film-Noir",
)

# In the raw files but not among the 23: 64, 4, 2 and 1 movies.
MMIMDB_UNUSED_GENRES = ("News", "Adult", "Talk-Show", "Reality-TV")
