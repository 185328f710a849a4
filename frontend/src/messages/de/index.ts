/** German. What is missing here is shown in English. */
import chapters from "./chapters.json";
import common from "./common.json";
import create from "./create.json";
import dictionaries from "./dictionaries.json";
import editor from "./editor.json";
import exporting from "./export.json";
import history from "./history.json";
import people from "./people.json";
import player from "./player.json";
import projects from "./projects.json";
import settings from "./settings.json";
import signin from "./signin.json";
import system from "./system.json";
import tools from "./tools.json";
import voices from "./voices.json";

export default {
  chapters,
  common,
  create,
  dictionaries,
  editor,
  export: exporting,
  history,
  people,
  player,
  projects,
  settings,
  signin,
  system,
  tools,
  voices,
};
