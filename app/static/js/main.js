// Attaches to each element the behaviours it names. Every page works without them.
const loaded = new Map();

async function attach(element, name) {
  if (!loaded.has(name)) loaded.set(name, import(`./behaviours/${name}.js`));
  (await loaded.get(name)).connect(element);
}

document.documentElement.classList.add("scripted");
for (const element of document.querySelectorAll("[data-behaviour]")) {
  for (const name of element.dataset.behaviour.split(" ")) attach(element, name);
}
