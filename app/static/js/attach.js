// Connects each element below `root` to the behaviors that its data-behavior names.
const modules = new Map();

async function connect(element, name) {
  if (!modules.has(name)) modules.set(name, import(`./behaviors/${name}.js`));
  (await modules.get(name)).connect(element);
}

export function attachBehaviors(root) {
  for (const element of root.querySelectorAll("[data-behavior]")) {
    for (const name of element.dataset.behavior.split(" ")) connect(element, name);
  }
}
