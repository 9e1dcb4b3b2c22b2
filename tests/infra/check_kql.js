// Parses and binds queries with Microsoft's own library for Kusto, and prints what it complains about.
// Input: {tables: {name: "(Column:type, …)"}, queries: {name: text}} on stdin. Output: {name: {faults, columns}}.
const folder = "@kusto/language-service-next";
require(`${folder}/bridge.min.js`);
require(`${folder}/Kusto.Language.Bridge.min.js`);

const { tables, queries } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const symbols = Kusto.Language.Symbols;
const known = Object.entries(tables).map(([name, schema]) => new symbols.TableSymbol.$ctor7(name, schema, null));
const database = new symbols.DatabaseSymbol.$ctor1("workspace", known, false);
const globals = Kusto.Language.GlobalState.Default.WithDatabase(database);

const answers = {};
for (const [name, text] of Object.entries(queries)) {
  const code = Kusto.Language.KustoCode.ParseAndAnalyze(text, globals);
  const found = code.GetDiagnostics();
  const faults = [];
  for (let i = 0; i < found.Count; i++) faults.push(`${found.getItem(i).Code}: ${found.getItem(i).Message}`);
  const columns = [];
  const result = code.ResultType && code.ResultType.Columns;
  for (let i = 0; result && i < result.Count; i++) columns.push(result.getItem(i).Name);
  answers[name] = { faults, columns };
}
console.log(JSON.stringify(answers));
