/** Rules hold where nobody looked: none of them knows the name of an application that a public suite is made of. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FOLDER = 'src/core/analysis';
const NAMES =
  /boutique|cartservice|checkoutservice|currencyservice|emailservice|paymentservice|productcatalog|recommendationservice|shippingservice|adservice|redis-cart|hotel-?reservation|social-?network|train-?ticket|astronomy|sock-?shop|bookinfo|customer-relations|golden-eagle|silver-puffin|holmes|robusta|itbench|sregym|aiopslab|cloudops/i;

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

describe('analysis', () => {
  it('has no name of an application of a public suite', () => {
    expect(files.length).toBeGreaterThan(100);
    const named = files.flatMap((file) => {
      const [name] = NAMES.exec(readFileSync(`${FOLDER}/${file}`, 'utf8')) ?? [];
      return name === undefined ? [] : [`${file}: ${name}`];
    });
    expect(named).toEqual([]);
  });
});
