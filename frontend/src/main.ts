import { mount } from "svelte";

import App from "./App.svelte";
import { chooseLanguage } from "./messages";
import { keepFocus } from "./state/focus";
import { session } from "./state/session.svelte";
import "./styles/tokens.css";
import "./styles/base.css";

await Promise.all([chooseLanguage(), session.begin()]);
keepFocus();
mount(App, { target: document.querySelector("#app") ?? document.body });
