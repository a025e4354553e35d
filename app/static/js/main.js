// Every page works without scripts; this improves those that run them.
import { attachBehaviors } from "./attach.js";

document.documentElement.classList.add("scripted");
attachBehaviors(document);
