"""Operations on pictures: sizes, colours, boxes, quality, files."""
