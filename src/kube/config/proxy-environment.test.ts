import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy-environment.ts';

const PROXY = 'http://proxy.example:3128';

describe('the proxy of the environment', () => {
  it.each<[string, string, Readonly<Record<string, string>>, string | undefined]>([
    ['is that of the scheme', 'https://kube.example', { HTTPS_PROXY: PROXY, HTTP_PROXY: 'http://other' }, PROXY],
    ['is that of plain HTTP', 'http://kube.example', { HTTPS_PROXY: 'http://other', HTTP_PROXY: PROXY }, PROXY],
    ['may stand in small letters', 'https://kube.example', { https_proxy: PROXY }, PROXY],
    ['may have no scheme', 'https://kube.example', { HTTPS_PROXY: 'proxy.example:3128' }, PROXY],
    ['may speak SOCKS', 'https://kube.example', { HTTPS_PROXY: 'socks5://proxy:1080' }, 'socks5://proxy:1080'],
    ['is none where none is named', 'https://kube.example', {}, undefined],
    ['is none where it is empty', 'https://kube.example', { HTTPS_PROXY: '' }, undefined],
    ['is none for this machine by name', 'https://localhost:6443', { HTTPS_PROXY: PROXY }, undefined],
    ['is none for this machine by address', 'https://127.0.0.2:6443', { HTTPS_PROXY: PROXY }, undefined],
    ['is none for this machine by its newer address', 'https://[::1]:6443', { HTTPS_PROXY: PROXY }, undefined],
  ])('%s', (_title, server, env, proxy) => {
    expect(proxyFor(server, env)).toBe(proxy);
  });

  it.each<[string, string, 'direct' | 'by proxy']>([
    ['*', 'https://kube.example', 'direct'],
    ['kube.example', 'https://kube.example', 'direct'],
    ['kube.example', 'https://a.kube.example', 'direct'],
    ['.kube.example', 'https://a.kube.example', 'direct'],
    ['*.kube.example', 'https://a.kube.example', 'direct'],
    ['.kube.example', 'https://kube.example', 'by proxy'],
    ['kube.example', 'https://mykube.example', 'by proxy'],
    ['KUBE.example', 'https://kube.example', 'direct'],
    ['kube.example:6443', 'https://kube.example:6443', 'direct'],
    ['kube.example:443', 'https://kube.example:6443', 'by proxy'],
    ['other, 10.0.0.0/8', 'https://10.1.2.3:6443', 'direct'],
    ['10.0.0.0/8', 'https://11.1.2.3:6443', 'by proxy'],
    ['10.0.0.0/99', 'https://10.1.2.3:6443', 'by proxy'],
    ['10.1.2.3', 'https://10.1.2.3:6443', 'direct'],
    ['fd00::/8', 'https://[fd00::1]:6443', 'direct'],
    ['fd00::1', 'https://[fd00::1]:6443', 'direct'],
    ['', 'https://kube.example', 'by proxy'],
  ])('NO_PROXY %s: %s is asked %s', (rules, server, way) => {
    expect(proxyFor(server, { HTTPS_PROXY: PROXY, NO_PROXY: rules })).toBe(way === 'direct' ? undefined : PROXY);
  });
});
