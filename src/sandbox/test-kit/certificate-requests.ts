/** Requests for certificates of `ann`, by a key that was thrown away: `openssl req -new -subj /O=developers/CN=ann`. */
export const OF_DEVELOPERS = [
  '-----BEGIN CERTIFICATE REQUEST-----',
  'MIGiMFYCAQAwIzETMBEGA1UECgwKZGV2ZWxvcGVyczEMMAoGA1UEAwwDYW5uMCow',
  'BQYDK2VwAyEAJCdNv1QQ+tW6NMyy6Q1G/iDBxAwukkHq2cUE7VmU6KCgADAFBgMr',
  'ZXADQQD7FStYeWoP3tkv6dU159UBJ/4wOE4ewEA7FTdZQXMSTVyI3KKR3vJHrOAH',
  '59jJFeBv8Lvw+dCfAB0xnivsic0A',
  '-----END CERTIFICATE REQUEST-----',
  '',
].join('\n');
/** The same of an administrator. */
export const OF_MASTERS = [
  '-----BEGIN CERTIFICATE REQUEST-----',
  'MIGmMFoCAQAwJzEXMBUGA1UECgwOc3lzdGVtOm1hc3RlcnMxDDAKBgNVBAMMA2Fu',
  'bjAqMAUGAytlcAMhACQnTb9UEPrVujTMsukNRv4gwcQMLpJB6tnFBO1ZlOigoAAw',
  'BQYDK2VwA0EAR+M6sRYHUyk3ciJSkEYECxVdcaazhcWGdbCCCX6/lcyUwoCvQTKh',
  'WBfyGQ+akS5EVwDXNoY04m2aQqF48LWCBA==',
  '-----END CERTIFICATE REQUEST-----',
  '',
].join('\n');
