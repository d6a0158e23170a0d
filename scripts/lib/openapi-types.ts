// TypeScript types of an OpenAPI document, in the form that openapi-fetch reads (that of openapi-typescript, which
// needs the JavaScript API of TypeScript 5).

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The types of all paths and components, as the text of a module. */
export function openApiTypes(document: Fields): string {
  const paths = Object.entries(fieldsOf(document['paths'])).map(
    ([path, methods]) => `  ${JSON.stringify(path)}: ${pathType(fieldsOf(methods))};`,
  );
  const schemas = Object.entries(fieldsOf(fieldsOf(document['components'])['schemas'])).map(
    ([name, schema]) => `${comment(schema, '    ')}    ${name}: ${schemaType(schema)};`,
  );
  return [
    '// Made from docs/openapi.json by `npm run generate`; do not edit.',
    '',
    '/** Every path of the API, as openapi-fetch reads it. */',
    'export interface paths {',
    ...paths,
    '}',
    '',
    '/** What answers and requests are made of. */',
    'export interface components {',
    '  schemas: {',
    ...schemas,
    '  };',
    '}',
    '',
  ].join('\n');
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

function pathType(path: Fields): string {
  const lines = methods.map((method) =>
    path[method] === undefined ? `    ${method}?: never;` : `    ${method}: ${operationType(fieldsOf(path[method]))};`,
  );
  const none = '    parameters: { query?: never; header?: never; path?: never; cookie?: never };';
  return `{\n${[none, ...lines].join('\n')}\n  }`;
}

function operationType(operation: Fields): string {
  const parameters = listOf(operation['parameters']).map(fieldsOf);
  const places = ['query', 'header', 'path', 'cookie'].map((place) => placeType(place, parameters));
  const body = fieldsOf(operation['requestBody'])['content'];
  const responses = Object.entries(fieldsOf(operation['responses'])).map(
    ([status, response]) =>
      `        ${status}: { headers: { [name: string]: unknown }; content: ${contentType(fieldsOf(response)['content'])} };`,
  );
  return [
    '{',
    `      parameters: { ${places.join('; ')} };`,
    `      requestBody${body === undefined ? '?: never' : `: { content: ${contentType(body)} }`};`,
    '      responses: {',
    ...responses,
    '      };',
    '    }',
  ].join('\n');
}

function placeType(place: string, parameters: readonly Fields[]): string {
  const own = parameters.filter((parameter) => parameter['in'] === place);
  if (own.length === 0) return `${place}?: never`;
  const fields = own.map(
    ({ name, required, schema }) => `${propertyName(text(name))}${required === true ? '' : '?'}: ${schemaType(schema)}`,
  );
  const optional = own.every(({ required }) => required !== true);
  return `${place}${optional ? '?' : ''}: { ${fields.join('; ')} }`;
}

function contentType(content: unknown): string {
  const types = Object.entries(fieldsOf(content)).map(
    ([media, each]) => `${JSON.stringify(media)}: ${schemaType(fieldsOf(each)['schema'])}`,
  );
  return types.length === 0 ? 'never' : `{ ${types.join('; ')} }`;
}

const simple: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

function schemaType(input: unknown): string {
  const schema = fieldsOf(input);
  const { $ref: reference, type } = schema;
  if (typeof reference === 'string')
    return `components['schemas']['${reference.slice(reference.lastIndexOf('/') + 1)}']`;
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  for (const key of ['anyOf', 'oneOf'])
    if (Array.isArray(schema[key])) return `(${schema[key].map(schemaType).join(' | ')})`;
  if (Array.isArray(schema['allOf'])) return `(${schema['allOf'].map(schemaType).join(' & ')})`;
  if (Array.isArray(type)) return `(${type.map((each) => schemaType({ ...schema, type: each })).join(' | ')})`;
  if (type === 'array') return `${grouped(schemaType(schema['items']))}[]`;
  if (type === 'object' || schema['properties'] !== undefined) return objectType(schema);
  return simple[text(type)] ?? 'unknown';
}

function objectType(schema: Fields): string {
  const required = new Set(listOf(schema['required']));
  const properties = Object.entries(fieldsOf(schema['properties'])).map(
    ([name, each]) => `${propertyName(name)}${required.has(name) ? '' : '?'}: ${schemaType(each)}`,
  );
  const pattern = Object.values(fieldsOf(schema['patternProperties']))[0];
  const further = pattern ?? schema['additionalProperties'];
  if (pattern !== undefined || (typeof further === 'object' && further !== null && properties.length === 0))
    return `{ [name: string]: ${schemaType(further)} }`;
  if (further === true) properties.push('[name: string]: unknown');
  if (properties.length === 0) return 'Record<string, never>';
  return `{ ${properties.join('; ')} }`;
}

const grouped = (type: string): string => (/[|&]/.test(type) && !type.startsWith('{') ? `(${type})` : type);
const propertyName = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

function comment(schema: unknown, indent: string): string {
  const { description } = fieldsOf(schema);
  return typeof description === 'string' ? `${indent}/** ${description.replaceAll('*/', '*\\/')} */\n` : '';
}
