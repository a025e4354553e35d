// Every page works without scripts; behaviors only improve it.
import { attachBehaviors } from "./attach.js";

document.documentElement.classList.add("scripted");
attachBehaviors(document);
