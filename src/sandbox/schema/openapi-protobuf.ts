/**
 * `/openapi/v2` in protobuf: the only form in which kubectl before 1.27 takes it. Field numbers are those of gnostic's
 * OpenAPIv2.proto; what the document does not have is left out.
 * https://github.com/google/gnostic/blob/main/openapiv2/OpenAPIv2.proto
 */
import { asList, asObject, asText, type Draft, isObject } from '../machinery/json.ts';
import { Writer } from '../protobuf/writer.ts';

/** As servers name it now, and as clients before 1.20 ask for it. */
export const OPENAPI_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const NAMES = [OPENAPI_PROTOBUF, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'];

/** Whether a client that sends this Accept header wants it so. */
export const wantsOpenApiProtobuf = (accept: string | undefined): boolean =>
  NAMES.some((name) => accept?.includes(name));

export function encodeOpenApiV2(document: Draft): Buffer {
  const writer = new Writer();
  new Encoder(writer).document(document);
  return writer.finish();
}

type Write = () => void;

/** The writer goes from the end to the beginning, so lists are written backwards; the order of fields means nothing. */
class Encoder {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  document(document: Draft): void {
    this.#message(9, () => this.#named(1, document['definitions'], (schema) => this.#schema(schema)));
    this.#message(8, () => this.#named(2, document['paths'], (item) => this.#pathItem(item)));
    const info = asObject(document['info']) ?? {};
    this.#message(2, () => {
      this.#text(2, info['version']);
      this.#text(1, info['title']);
    });
    this.#text(1, document['swagger']);
  }

  #pathItem(item: Draft): void {
    for (const [index, method] of ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'].entries()) {
      const operation = asObject(item[method]);
      if (operation) this.#message(index + 2, () => this.#operation(operation));
    }
  }

  #operation(operation: Draft): void {
    this.#extensions(13, operation);
    // The parameter itself lies within three choices: by reference or not, in the body or not, and where.
    this.#each(operation['parameters'], (parameter) =>
      this.#message(8, () =>
        this.#message(1, () =>
          this.#message(2, () => this.#message(3, () => this.#parameter(asObject(parameter) ?? {}))),
        ),
      ),
    );
    this.#each(operation['tags'], (tag) => this.#text(1, tag));
  }

  #parameter(parameter: Draft): void {
    this.#text(6, asObject(parameter['schema'])?.['type']);
    this.#text(4, parameter['name']);
    this.#text(2, parameter['in']);
  }

  #schema(schema: Draft): void {
    const { additionalProperties: more, items } = schema;
    this.#extensions(31, schema);
    if (isObject(schema['properties'])) {
      this.#message(25, () => this.#named(1, schema['properties'], (property) => this.#schema(property)));
    }
    this.#each(schema['allOf'], (part) => this.#message(24, () => this.#schema(asObject(part) ?? {})));
    if (isObject(items)) this.#message(23, () => this.#message(1, () => this.#schema(items)));
    if (schema['type'] !== undefined) this.#message(22, () => this.#text(1, schema['type']));
    if (isObject(more)) this.#message(21, () => this.#message(1, () => this.#schema(more)));
    else if (typeof more === 'boolean') this.#message(21, () => this.#number(2, more ? 1 : 0));
    this.#each(schema['enum'], (value) => this.#message(20, () => this.#any(value)));
    this.#each(schema['required'], (name) => this.#text(19, name));
    for (const [field, number] of COUNTS) this.#number(number, schema[field]);
    for (const [field, number] of BOUNDS) this.#double(number, schema[field]);
    this.#text(13, schema['pattern']);
    if (schema['default'] !== undefined) this.#message(5, () => this.#any(schema['default']));
    this.#text(4, schema['description']);
    this.#text(3, schema['title']);
    this.#text(2, schema['format']);
    this.#text(1, schema['$ref']);
  }

  #extensions(number: number, from: Draft): void {
    for (const [name, value] of Object.entries(from)) {
      if (!name.startsWith('x-')) continue;
      this.#message(number, () => {
        this.#message(2, () => this.#any(value));
        this.#text(1, name);
      });
    }
  }

  /** Any value is carried as YAML, of which JSON is a part. */
  #any(value: unknown): void {
    this.#text(2, JSON.stringify(value));
  }

  #named(number: number, map: unknown, write: (value: Draft) => void): void {
    for (const [name, value] of Object.entries(asObject(map) ?? {})) {
      this.#message(number, () => {
        this.#message(2, () => write(asObject(value) ?? {}));
        this.#text(1, name);
      });
    }
  }

  #each(list: unknown, write: (element: unknown) => void): void {
    for (const element of asList(list).toReversed()) write(element);
  }

  #message(number: number, write: Write): void {
    const mark = this.#writer.written;
    write();
    this.#writer.delimit(number, mark);
  }

  #text(number: number, value: unknown): void {
    const text = asText(value);
    if (text !== '') this.#message(number, () => this.#writer.text(text));
  }

  #number(number: number, value: unknown): void {
    if (typeof value !== 'number') return;
    this.#writer.varint(value);
    this.#writer.varint(number * 8);
  }

  #double(number: number, value: unknown): void {
    if (typeof value !== 'number') return;
    this.#writer.double(value);
    this.#writer.varint(number * 8 + 1);
  }
}

const COUNTS: readonly (readonly [field: string, number: number])[] = [
  ['maxLength', 11],
  ['minLength', 12],
  ['maxItems', 14],
  ['minItems', 15],
  ['maxProperties', 17],
  ['minProperties', 18],
];
const BOUNDS: readonly (readonly [field: string, number: number])[] = [
  ['maximum', 7],
  ['minimum', 9],
];
