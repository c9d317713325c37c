// What can be written at a place of a site's YAML: the keys that the JSON Schema knows there, the names of this site.
// Reads the lines above by their indentation, so it also knows where it is while the text is no YAML yet.

const KEY = /^(\s*(?:- +)*)(?:"([^"]*)"|'([^']*)'|([^\s"'#{}[\],:][^#{}[\],:]*?)) *:(?:\s|$)/;
const NAMES_OF = {menu: "menus", department: "departments", person: "people", voicemail: "mailboxes", fax: "faxboxes"};

// The keys that lead to the line, by indentation: [["menus", 0], ["main", 2]].
const above = (lines, number, indent) => {
  const way = [];
  let least = indent;
  for (let at = number; at >= 0 && least > 0; at -= 1) {
    const found = KEY.exec(lines[at]);
    if (!found || lines[at].trimStart().startsWith("#")) continue;
    const here = lines[at].length - lines[at].trimStart().length;
    const column = found[1].length;
    if (column < least) {
      way.unshift(found[2] ?? found[3] ?? found[4]);
      least = here < column ? here + 1 : column;
    }
  }
  return way;
};

// What of the line stands before the cursor: the keys that it opens, and whether a key or a value comes next.
const within = (text) => {
  const stack = [];
  let key = null;
  let word = "";
  let quote = "";
  for (const sign of text) {
    if (quote) {
      if (sign === quote) quote = "";
      else word += sign;
    } else if ((sign === '"' || sign === "'") && !word.trim()) {
      quote = sign;
      word = "";
    } else if (sign === "{" || sign === "[") {
      stack.push({key, list: sign === "["});
      key = null;
      word = "";
    } else if (sign === "}" || sign === "]") {
      key = stack.pop()?.key ?? null;
      word = "";
    } else if (sign === ",") {
      if (!stack.at(-1)?.list) key = null;
      word = "";
    } else if (sign === ":" && key === null && !stack.at(-1)?.list) {
      key = word.trim();
      word = "";
    } else word += sign;
  }
  const keys = [...stack.map((one) => one.key).filter((one) => one !== null), ...(key === null ? [] : [key])];
  return {keys, isValue: key !== null || stack.at(-1)?.list === true, quoted: quote !== "", flow: stack.length > 0};
};

const resolver = (schema) => {
  const follow = (part) => {
    let at = part;
    for (let turns = 0; at?.$ref && turns < 8; turns += 1) at = {...schema.$defs[at.$ref.split("/").pop()], ...at, $ref: undefined};
    return at;
  };
  // All that a part may be: an alternative of alternatives is another one.
  const options = (part, depth = 0) => {
    const whole = follow(part);
    if (!whole || depth > 6) return [];
    const {anyOf, ...around} = whole;
    if (!anyOf) return [whole];
    return anyOf.flatMap((one) => options(one, depth + 1)).map((one) => ({...around, ...one, "x-kind": one["x-kind"] ?? around["x-kind"], "x-refers": one["x-refers"] ?? around["x-refers"]}));
  };
  const down = (parts, step) => parts.flatMap((part) => {
    if (part.properties && step in part.properties) return options(part.properties[step]);
    if (part.additionalProperties && typeof part.additionalProperties === "object") return options(part.additionalProperties);
    if (part.items) return down(options(part.items), step);
    return [];
  });
  return (way) => way.reduce(down, options(schema));
};

const keysOf = (parts) => {
  const found = new Map();
  for (const part of parts.flatMap((one) => (one.items ? [one.items] : [one]))) {
    for (const [key, about] of Object.entries(part.properties ?? {})) found.set(key, about);
  }
  return [...found].map(([label, about]) => ({label, apply: `${label}: `, type: "property", info: about.description, boost: 1}));
};

const named = (names, sections) => sections.flatMap((section) => (names[section] ?? []).map((label) => ({label, type: "variable", detail: section})));

const valuesOf = (parts, names, last) => {
  const found = [];
  for (const part of parts) {
    const refers = part["x-refers"] ?? part.items?.["x-refers"];
    if (refers) found.push(...named(names, [refers]));
    if (part["x-names"]) {
      const section = NAMES_OF[part["x-names"]];
      found.push(...named(names, section === "mailboxes" ? ["departments", "people", section] : [section]));
    }
    if (part["x-kind"] === "destination") found.push(...named(names, ["menus", "departments", "people"]));
    for (const option of part.enum ?? part.items?.enum ?? []) found.push({label: String(option), type: "enum"});
    if (part.type === "boolean") found.push({label: "true", type: "keyword"}, {label: "false", type: "keyword"});
  }
  if (last === "languages") found.push(...named(names, ["languages"]));
  return found;
};

/** Return a source of completions; the schema is fetched once, when it is first needed. */
export const completing = (address, names) => {
  let made = null;
  const schema = () => (made ??= fetch(address, {signal: AbortSignal.timeout(15000)}).then((answer) => answer.json()).then(resolver));
  return async (context) => {
    const word = context.matchBefore(/[\w*#+-]*/);
    if (!context.explicit && word.from === word.to) return null;
    const line = context.state.doc.lineAt(context.pos);
    if (/(^|\s)#/.test(line.text.slice(0, context.pos - line.from))) return null;
    const before = line.text.slice(0, word.from - line.from);
    const head = /^\s*(?:- +)*/.exec(before)[0];
    const inLine = within(before.slice(head.length));
    if (inLine.quoted) return null;
    const lines = context.state.doc.toString().split("\n").slice(0, line.number - 1);
    const way = [...above(lines, lines.length - 1, head.length), ...inLine.keys];
    let parts;
    try {
      parts = (await schema())(way);
    } catch {
      made = null; // the next key tries again
      return null;
    }
    const isItem = head.includes("-");
    const found = inLine.isValue ? valuesOf(parts, names, way.at(-1)) : [...keysOf(parts), ...(isItem ? valuesOf(parts, names, way.at(-1)) : [])];
    const options = [...new Map(found.map((one) => [one.label, one])).values()];
    return options.length ? {from: word.from, options, validFor: /^[\w*#+-]*$/} : null;
  };
};
