/** CEL: x-kubernetes-validations of custom kinds. */
import { CRDS, WIDGETS, definition, widget, withDefinition, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, invalid, merge, refused } from '../steps.ts';

const text = { type: 'string', maxLength: 20 };
const whole = { type: 'integer' };
const ruled = (properties: unknown, ...rules: readonly unknown[]) => ({
  spec: { properties, 'x-kubernetes-validations': rules },
});
const failing = (rule: string, properties: unknown = { a: text }) =>
  refused(create(CRDS, definition(ruled(properties, { rule }))), 422, {
    message: /x-kubernetes-validations\[0\]\.rule: Invalid value: /,
  });

export const RULES: readonly ContractCase[] = [
  withKind(
    'a rule without a message tells itself',
    ruled({ min: whole, max: whole }, { rule: 'self.min <= self.max' }),
    [
      create(WIDGETS, widget({ min: 1, max: 2 })),
      invalid(create(WIDGETS, widget({ min: 3, max: 2 }, 'b')), 'spec', [
        'FieldValueInvalid',
        /^Invalid value: .*failed rule: self\.min <= self\.max$/,
      ]),
    ],
  ),
  withKind(
    'a rule has a message, or an expression that makes one',
    ruled(
      { a: whole, b: text },
      { rule: 'self.a < 10', message: 'a must stay below ten' },
      { rule: "self.b != 'twelve'", messageExpression: "'b is ' + self.b + ', which is too much'" },
    ),
    [
      invalid(create(WIDGETS, widget({ a: 11, b: 'one' })), 'spec', ['FieldValueInvalid', /: a must stay below ten$/]),
      invalid(create(WIDGETS, widget({ a: 1, b: 'twelve' })), 'spec', [
        'FieldValueInvalid',
        /: b is twelve, which is too much$/,
      ]),
    ],
  ),
  withKind(
    'a rule names its field and its reason',
    ruled(
      { a: text, b: text },
      { rule: 'has(self.a)', fieldPath: '.a', reason: 'FieldValueRequired', message: 'a is needed' },
    ),
    [invalid(create(WIDGETS, widget({ b: 'x' })), 'spec.a', ['FieldValueRequired', 'Required value: a is needed'])],
  ),
  withKind(
    'oldSelf makes a field unchangeable',
    {
      spec: {
        properties: {
          a: { ...text, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'a is immutable' }] },
        },
      },
    },
    [
      create(WIDGETS, widget({ a: 'x' })),
      invalid(merge(`${WIDGETS}/a`, { spec: { a: 'y' } }), 'spec.a', ['FieldValueInvalid', /a is immutable$/]),
      merge(`${WIDGETS}/a`, { spec: { a: null } }, { 'spec.a': undefined }),
      merge(`${WIDGETS}/a`, { spec: { a: 'z' } }, { 'spec.a': 'z' }),
    ],
  ),
  withKind(
    'optionalOldSelf sees creations too',
    ruled(
      { n: whole },
      {
        rule: '!oldSelf.hasValue() ? self.n == 0 : self.n >= oldSelf.value().n',
        optionalOldSelf: true,
        message: 'begins at 0, never falls',
      },
    ),
    [
      invalid(create(WIDGETS, widget({ n: 1 })), 'spec', ['FieldValueInvalid', /begins at 0/]),
      create(WIDGETS, widget({ n: 0 })),
      merge(`${WIDGETS}/a`, { spec: { n: 5 } }),
      invalid(merge(`${WIDGETS}/a`, { spec: { n: 4 } }), 'spec', 'FieldValueInvalid'),
    ],
  ),
  withKind(
    'rules look into lists and maps',
    ruled(
      {
        list: { type: 'array', maxItems: 5, items: whole },
        map: { type: 'object', maxProperties: 5, additionalProperties: text },
      },
      { rule: '!has(self.list) || self.list.all(x, x > 0)', message: 'positive only' },
      { rule: "!has(self.map) || !self.map.exists(k, k.startsWith('x-'))", message: 'no x-' },
    ),
    [
      create(WIDGETS, widget({ list: [1, 2], map: { a: 'b' } })),
      invalid(create(WIDGETS, widget({ list: [1, -2] }, 'b')), 'spec', ['FieldValueInvalid', /positive only$/]),
      invalid(create(WIDGETS, widget({ map: { 'x-a': 'b' } }, 'c')), 'spec', ['FieldValueInvalid', /no x-$/]),
    ],
  ),
  withKind(
    "rules know Kubernetes' libraries",
    ruled(
      { q: text, u: text, ip: text, d: text },
      { rule: "!has(self.q) || quantity(self.q).isLessThan(quantity('1Gi'))", message: 'less than 1Gi' },
      { rule: "!has(self.u) || url(self.u).getScheme() == 'https'", message: 'https only' },
      { rule: "!has(self.ip) || cidr('10.0.0.0/8').containsIP(self.ip)", message: 'private only' },
      { rule: "!has(self.d) || duration(self.d) <= duration('1h')", message: 'an hour at most' },
    ),
    [
      create(WIDGETS, widget({ q: '512Mi', u: 'https://a.test/', ip: '10.1.2.3', d: '30m' })),
      invalid(create(WIDGETS, widget({ q: '2Gi' }, 'b')), 'spec', ['FieldValueInvalid', /less than 1Gi$/]),
      invalid(create(WIDGETS, widget({ u: 'http://a.test/' }, 'b')), 'spec', ['FieldValueInvalid', /https only$/]),
      invalid(create(WIDGETS, widget({ ip: '11.1.2.3' }, 'b')), 'spec', ['FieldValueInvalid', /private only$/]),
      invalid(create(WIDGETS, widget({ d: '2h' }, 'b')), 'spec', ['FieldValueInvalid', /an hour at most$/]),
    ],
  ),
  withKind('a rule that fails while it runs refuses', ruled({ n: whole }, { rule: '10 / self.n > 0' }), [
    invalid(create(WIDGETS, widget({ n: 0 })), 'spec', ['FieldValueInvalid', /division by zero/]),
  ]),
  withKind(
    'rules of a status hold at its endpoint',
    {
      status: {
        properties: { n: { type: 'integer' } },
        'x-kubernetes-validations': [{ rule: 'self.n > 0', message: 'counts up' }],
      },
      version: { subresources: { status: {} } },
    },
    [
      create(WIDGETS, { ...widget({}), status: { n: -1 } }),
      invalid(merge(`${WIDGETS}/a/status`, { status: { n: -1 } }), 'status', ['FieldValueInvalid', /counts up$/]),
      merge(`${WIDGETS}/a/status`, { status: { n: 1 } }, { 'status.n': 1 }),
    ],
  ),
  withKind('rules are left out while the structure is wrong', ruled({ n: whole }, { rule: 'self.n > 5' }), [
    refused(create(WIDGETS, widget({ n: 'x' })), 422, {
      message:
        /some validation rules were not checked because the object was invalid; correct the existing errors to complete validation/,
    }),
  ]),
  withDefinition('rules that do not compile are refused', [
    failing('self.absent == 1'),
    failing('self.a + 1 == 2'),
    failing('self.a'),
    failing('self.a =='),
    refused(create(CRDS, definition(ruled({ a: text }, { rule: 'true', fieldPath: '.b' }))), 422, {
      message: /fieldPath/,
    }),
    refused(create(CRDS, definition(ruled({ a: text }, { rule: 'true', reason: 'Whim' }))), 422, {
      message: /reason: Unsupported value: "Whim"/,
    }),
    refused(create(CRDS, definition(ruled({ a: text }, { rule: '' }))), 422, { message: /rule: Required value/ }),
  ]),
  withDefinition('rules that could cost too much are refused', [
    refused(
      create(
        CRDS,
        definition(
          ruled(
            { l: { type: 'array', items: { type: 'array', items: { type: 'string' } } } },
            { rule: 'self.l.all(x, x.all(y, self.l.all(z, z.all(w, w == y))))' },
          ),
        ),
      ),
      422,
      { message: /estimated rule cost exceeds budget/ },
    ),
  ]),
  withKind(
    'a rule of the whole object sees its name',
    {
      version: {
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object' } },
            'x-kubernetes-validations': [{ rule: "self.metadata.name.startsWith('w')", message: 'w first' }],
          },
        },
      },
    },
    [
      refused(create(WIDGETS, widget({})), 422, { message: /<nil>: Invalid value: .*w first$/ }),
      create(WIDGETS, widget({}, 'wa')),
    ],
  ),
];
