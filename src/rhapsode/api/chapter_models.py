"""Chapters on the wire. Sources: the schemas that each model names."""

from pydantic import BaseModel

from rhapsode.api.content_models import ContentInput, ContentModel
from rhapsode.api.studio_models import ChapterModel


class ChapterWithContent(ChapterModel):
    """Source: schema ChapterWithContentResponseModel."""

    content: ContentModel


class ChapterAnswer(BaseModel):
    """Source: schemas AddChapterResponseModel, EditChapterResponseModel."""

    chapter: ChapterWithContent


class ChapterList(BaseModel):
    """The chapters that are narrated, in order. Source: schema GetChaptersResponseModel."""

    chapters: list[ChapterModel]


class NewChapter(BaseModel):
    """Source: schema Body_Create_chapter_v1_studio_projects__project_id__chapters_post."""

    name: str
    from_url: str | None = None


class ChapterChanges(BaseModel):
    """Source: schema Body_Update_chapter_v1_studio_projects__project_id__chapters__chapter_id__post."""

    name: str | None = None
    content: ContentInput | None = None
