// Attaches to each element the behaviors it names. Every page works without them.
const loaded = new Map();

async function attach(element, name) {
  if (!loaded.has(name)) loaded.set(name, import(`./behaviors/${name}.js`));
  (await loaded.get(name)).connect(element);
}

document.documentElement.classList.add("scripted");
for (const element of document.querySelectorAll("[data-behavior]")) {
  for (const name of element.dataset.behavior.split(" ")) attach(element, name);
}
