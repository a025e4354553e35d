"""Operations of the API, by noun."""
