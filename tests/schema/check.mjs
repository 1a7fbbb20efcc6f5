// Holds rules/schema.json to an independent validator: every pack, the project's own rules, every example in the documents and
// in the schema itself are accepted, and slips that a schema can know are refused. `node check.mjs [ROOT]`, after `npm ci`.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv from "ajv/dist/2020.js";
import { parse, parseAllDocuments } from "yaml";

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "../..");
const read = (path) => readFileSync(join(root, path), "utf8");
const schema = JSON.parse(read("rules/schema.json"));
const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true, strictTypes: false, formats: formats(schema) });
const whole = ajv.compile(schema);
const part = (pointer) => ajv.getSchema(`#${pointer}`) ?? ajv.compile({ $defs: schema.$defs, ...at(pointer) });

/** Formats that the schema uses say how a number is stored, and nothing to a validator. */
function formats(value, found = {}) {
  if (value && typeof value === "object") {
    if (typeof value.format === "string") found[value.format] = true;
    Object.values(value).forEach((inner) => formats(inner, found));
  }
  return found;
}

function at(pointer) {
  return pointer.split("/").slice(1).reduce((node, key) => node[key], schema);
}

const wrong = [];
let passed = 0;
function expect(fine, what, errors) {
  if (fine) passed += 1;
  else wrong.push(`${what}\n    ${(errors ?? []).slice(0, 5).map((e) => `${e.instancePath || "the file"} ${e.message}`).join("\n    ")}`);
}
function accepts(text, what, validate = whole) {
  let value;
  try {
    value = parse(text);
  } catch (error) {
    return expect(false, `${what} is no YAML: ${error.message}`);
  }
  expect(validate(value), `${what} is refused`, validate.errors);
}

// Files of ours.
const packs = readdirSync(join(root, "rules")).filter((name) => name.endsWith(".yml"));
for (const name of packs) accepts(read(`rules/${name}`), `rules/${name}`);
accepts(read(".github/merestone.yml"), ".github/merestone.yml");

// Examples in the documents: a whole file, some of its keys, or a list of rules.
const documents = ["README.md", "ARCHITECTURE.md", ...readdirSync(join(root, "docs"), { recursive: true })
  .filter((name) => String(name).endsWith(".md")).map((name) => `docs/${name}`)];
let examples = 0;
for (const name of documents) {
  const text = read(name);
  for (const block of text.matchAll(/^( *)```ya?ml[^\n]*\n([\s\S]*?)^ *```/gm)) {
    const line = text.slice(0, block.index).split("\n").length;
    const what = `${name}:${line}`;
    const indent = new RegExp(`^ {0,${block[1].length}}`, "gm");
    const yaml = block[2].replace(indent, "");
    const [document] = parseAllDocuments(yaml);
    const value = document?.toJS();
    const keys = value && typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : [];
    const ours = keys.length > 0 && (keys.some((key) => ["rules", "extends", "services", "domains"].includes(key)) && keys.every((key) => !["on", "jobs", "image", "apiVersion"].includes(key))
      || keys.every((key) => key in schema.properties));
    if (ours) {
      examples += 1;
      accepts(yaml, what);
    } else if (Array.isArray(value) && value.every((entry) => entry && typeof entry === "object" && "id" in entry)) {
      examples += 1;
      accepts(yaml, what, part("/properties/rules"));
    }
  }
}

// Examples in the schema: each is an example of what it stands at.
function walk(pointer) {
  const node = at(pointer);
  if (!node || typeof node !== "object") return;
  const escaped = (key) => `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  for (const [key, property] of Object.entries(node.properties ?? {})) {
    const where = `${pointer || ""}/properties/${key}`;
    expect(property.description, `${where} has no description`);
    expect(Array.isArray(property.examples) && property.examples.length > 0, `${where} has no example`);
    const validate = ajv.compile({ $defs: schema.$defs, ...property });
    for (const example of property.examples ?? []) {
      expect(validate(example), `the example ${JSON.stringify(example)} at ${where} is refused`, validate.errors);
    }
  }
  for (const name of Object.keys(node.$defs ?? {})) walk(escaped("$defs") + `/${name}`);
  if (pointer.startsWith("/$defs/")) {
    for (const [index, alternative] of (node.anyOf ?? node.oneOf ?? []).entries()) {
      if (alternative.properties) walk(`${pointer}/${node.anyOf ? "anyOf" : "oneOf"}/${index}`);
    }
  }
}
walk("");
for (const example of schema.examples ?? []) expect(whole(example), "an example of the whole file is refused", whole.errors);

// Slips that can be known without knowing the repository.
const slips = {
  "a top-level key that is none": "version: 1\nruless: []\n",
  "a version to come": "version: 2\n",
  "a mode that is none": "version: 1\nmode: warn\n",
  "a pack that is none": "version: 1\nextends: [grown]\n",
  "a rule without an id": "version: 1\nrules: [{ when: { crosses: team } }]\n",
  "an id with a space": "version: 1\nrules: [{ id: a b, when: { crosses: team } }]\n",
  "a condition that asks nothing": "version: 1\nrules: [{ id: a, when: {} }]\n",
  "a key of a condition that is none": "version: 1\nrules: [{ id: a, when: { path: [docs/] } }]\n",
  "crossing what cannot be crossed": "version: 1\nrules: [{ id: a, when: { crosses: service } }]\n",
  "a size of nothing": "version: 1\nrules: [{ id: a, when: { size: {} } }]\n",
  "a size of zero": "version: 1\nrules: [{ id: a, when: { size: { files: 0 } } }]\n",
  "a level that is none": "version: 1\nrules: [{ id: a, when: { crosses: team }, sign_off: architects }]\n",
  "a level in a list of people": "version: 1\nrules: [{ id: a, when: { crosses: team }, sign_off: [domain, maria] }]\n",
  "nobody to sign": "version: 1\nrules: [{ id: a, when: { crosses: team }, sign_off: [] }]\n",
  "an enforcement that is none": "version: 1\nrules: [{ id: a, when: { crosses: team }, enforce: warn }]\n",
  "an exception without paths": "version: 1\nrules: [{ id: a, when: { crosses: team }, allow: [{ until: 2027-03-31 }] }]\n",
  "an exception until a day that is none": "version: 1\nrules: [{ id: a, when: { crosses: team }, allow: [{ paths: [a/], until: soon }] }]\n",
  "a span without a unit": "version: 1\nrules: [{ id: a, when: { crosses: team }, every: 3 }]\n",
  "an item without a text": "version: 1\nrules: [{ id: a, when: { crosses: team }, checklist: [{ by: domain }] }]\n",
  "rules by name": "version: 1\nrules: { a: { when: { crosses: team } } }\n",
  "a key of a service that is none": "version: 1\nservices: { a: { owner: x } }\n",
  "services in a list": "version: 1\nservices: [{ team: x, paths: [a/] }]\n",
  "an e-mail address for a person": "version: 1\norganization: { architects: [maria@acme.com] }\n",
  "a flag in quotes": "version: 1\nservices: { a: { team: x, paths: [a/], shared: \"yes\" } }\n",
};
for (const [what, yaml] of Object.entries(slips)) {
  expect(!whole(parse(yaml)), `the schema takes ${what}`);
}

if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  console.error(`\n${wrong.length} wrong, ${passed} right`);
  process.exit(1);
}
console.log(`${packs.length} packs, ${examples} examples in ${documents.length} documents, ${Object.keys(slips).length} slips: all ${passed} right (${relative(process.cwd(), join(root, "rules/schema.json"))})`);
