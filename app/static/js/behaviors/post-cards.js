// What other behaviors do within the cards of posts, which name none themselves since a list has 25 of them.
import { connect as showProfile } from "./hover-card.js";
import { connect as translate } from "./translate.js";

export function connect(form) {
  const { ownerDocument: page } = form;
  for (const link of page.querySelectorAll(".post__author:not([data-behavior])")) showProfile(link);
  for (const button of page.querySelectorAll(".post__translate")) translate(button);
}
