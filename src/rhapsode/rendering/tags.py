"""What the files of a project say about themselves."""

from rhapsode.audio.tags import Tags
from rhapsode.studio.project import Project


def project_tags(project: Project, *, narrator: str) -> Tags:
    """Tags of the single file of a whole project."""
    title = project.title or project.name
    return Tags(
        title=title,
        book=title,
        author=project.author,
        narrator=narrator,
        language=project.language,
        isbn_number=project.isbn_number,
        description=project.description,
    )


def chapter_tags(project: Project, *, name: str, narrator: str, track: int, track_count: int) -> Tags:
    """Tags of one chapter's file; the book's description stands in the single file only."""
    return Tags(
        title=name,
        book=project.title or project.name,
        author=project.author,
        narrator=narrator,
        track=track,
        track_count=track_count,
        language=project.language,
        isbn_number=project.isbn_number,
    )
