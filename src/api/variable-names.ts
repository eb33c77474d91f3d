/**
 * Environment variables that a person may set in a Job. A Job runs with rights that its parameters must not widen: a
 * name that the loader, a shell, an interpreter, a proxy or a client reads by itself would run other code, or send what
 * the program says to somebody else. Sources of each line: the manual that says that the program reads it.
 */

/** In capitals. A word that ends with `_` stands for all that begin with it. */
const READ_BY_PROGRAMS: readonly string[] = [
  // The loaders and C libraries: https://man7.org/linux/man-pages/man8/ld.so.8.html, dyld(1), environ(7),
  // https://wiki.musl-libc.org/environment-variables.html
  'LD_ DYLD_ GLIBC_ GCONV_PATH LOCPATH MUSL_ NLSPATH HOSTALIASES RES_OPTIONS LOCALDOMAIN DATEMSK NIS_',
  'MALLOC_ GETCONF_DIR RESOLV_ TZDIR TMPDIR TMP TEMP HOME PATH PWD USER LOGNAME SEGFAULT_ MEMUSAGE_',
  // Where programs look for their configuration: https://specifications.freedesktop.org/basedir-spec/latest/
  'XDG_',
  // Shells: https://www.gnu.org/software/bash/manual/bash.html#Shell-Variables, zshparam(1).
  'BASH ENV IFS PS0 PS1 PS2 PS3 PS4 CDPATH SHELL PROMPT_COMMAND GLOBIGNORE',
  'POSIXLY_CORRECT INPUTRC HISTFILE FCEDIT ZDOTDIR ZSH FPATH OPTIND EXECIGNORE',
  // Programs that other programs start: environ(7), less(1), man(1), sudo(8).
  'EDITOR VISUAL PAGER BROWSER LESS LESSOPEN LESSCLOSE MANPAGER MAKEFLAGS GNUMAKEFLAGS SUDO_ TERMINFO',
  // Interpreters: https://nodejs.org/api/cli.html#environment-variables,
  // https://docs.python.org/3/using/cmdline.html#environment-variables, perlrun(1), ruby(1),
  // https://docs.oracle.com/en/java/javase/21/troubleshoot/environment-variables-and-system-properties.html,
  // https://www.php.net/manual/en/configuration.file.php, https://learn.microsoft.com/dotnet/core/tools/dotnet-environment-variables
  'NODE_ NPM_ PYTHON PIP_ VIRTUAL_ENV PERL RUBY GEM_ BUNDLE_ JAVA_ JDK_JAVA_ _JAVA_',
  'CLASSPATH MAVEN_ GRADLE_ PHP LUA_ TCLLIBPATH TCL_LIBRARY ERL_ ELIXIR_ DOTNET_ CORECLR_ COR_ MONO_',
  // What comes with them: https://docs.deno.com/runtime/reference/env_variables/, https://yarnpkg.com/configuration/yarnrc,
  // https://learn.microsoft.com/aspnet/core/fundamentals/host/platform-specific-configuration,
  // https://docs.spring.io/spring-boot/reference/features/external-config.html, https://docs.astral.sh/uv/reference/environment/
  'DENO_ BUN_ YARN_ COREPACK_ TS_NODE_ ASPNETCORE_ SPRING_ QUARKUS_ LOG4J_ JVM_ CATALINA_ JBOSS_ UV_ CONDA_ COMPOSER_',
  // https://pkg.go.dev/runtime#hdr-Environment_Variables, https://pkg.go.dev/cmd/go#hdr-Environment_variables, gawk(1)
  'GO111MODULE GODEBUG GOFLAGS GOPROXY GOPATH GOROOT GOTRACEBACK GOCOVERDIR GOENV GOTOOLCHAIN GOSUMDB GONOSUMDB GOPRIVATE',
  'GOINSECURE GOAUTH RUSTC RUST_ CARGO_ R_ JULIA_ AWKPATH AWKLIBPATH',
  // Libraries that load others: https://www.openmp.org/spec-html/5.2/openmpch21.html, https://docs.gtk.org/gio/overview.html,
  // https://clang.llvm.org/docs/AddressSanitizer.html, https://p11-glue.github.io/p11-glue/p11-kit/manual/
  'OMP_ GOMP_ KMP_ GIO_ GTK_ QT_ GST_ ASAN_ LSAN_ TSAN_ UBSAN_ LLVM_ P11_ GNUTLS_ NSS_ SASL_ MAGICK_',
  // Clients: https://curl.se/docs/manpage.html#ENVIRONMENT, https://git-scm.com/docs/git#_environment_variables, ssh(1),
  // https://docs.openssl.org/master/man7/openssl-env/, https://www.postgresql.org/docs/current/libpq-envars.html
  'CURL_ WGETRC NETRC GIT_ SSH_ SSL_ OPENSSL_ RANDFILE CTLOG_FILE QLOGDIR REQUESTS_CA_BUNDLE SSLKEYLOGFILE KRB5',
  'PG MYSQL_ REDISCLI_ GNUPGHOME RSYNC_ CVS_ SVN_ HGRCPATH HGPLAIN LIBMYSQL_ TNS_ADMIN ODBCINI ODBCSYSINI',
  // Kubernetes and clouds: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables,
  // https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html,
  // https://cloud.google.com/docs/authentication/application-default-credentials,
  // https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential, https://docs.docker.com/reference/cli/docker/
  'KUBE HELM_ AWS_ GOOGLE_ GCLOUD_ CLOUDSDK_ GCE_ AZURE_ ARM_ MSI_ IDENTITY_ OCI_',
  // https://etcd.io/docs/latest/op-guide/configuration/, https://docs.ansible.com/ansible/latest/reference_appendices/config.html,
  // https://boto.cloudhackers.com/en/latest/boto_config_tut.html
  'ETCDCTL_ CONTAINERD_ CRI_ BOTO_ ANSIBLE_ ALIBABA_CLOUD_ DIGITALOCEAN_ IBMCLOUD_',
  'DOCKER_ CONTAINER_HOST CONTAINERS_ BUILDKIT_ VAULT_ CONSUL_ TF_ GITHUB_ GITLAB_ CI_ OTEL_EXPORTER_',
].flatMap((line) => line.split(' '));
/** `http_proxy`, `NO_PROXY`, `npm_config_https_proxy`: read in small letters and in capitals. */
const PROXY = /_PROXY$/;
/** What every shell can read. Kubernetes allows more, which no program can. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
/** Names that the operator sets. */
export const OWN_VARIABLES = 'KUBESKIPPY_';
/** A line that a person can read; a program that needs more reads a ConfigMap. */
export const MAX_VALUE = 1024;

/** What is wrong with a parameter; undefined when nothing is. */
export function variableProblem(name: string, value: string): string | undefined {
  if (!VARIABLE.test(name)) return `${JSON.stringify(name)} cannot be the name of a variable (letters, digits and _)`;
  const capitals = name.toUpperCase();
  if (capitals.startsWith(OWN_VARIABLES))
    return `${name}: names that begin with ${OWN_VARIABLES} are set by the operator`;
  if (PROXY.test(capitals) || READ_BY_PROGRAMS.some((known) => isKnown(capitals, known)))
    return `${name} is read by loaders, shells, interpreters or clients and may run other code; take a name of your own`;
  if (value.length > MAX_VALUE) return `${name} has ${value.length} characters; at most ${MAX_VALUE} are taken`;
  return CONTROL.test(value) ? `${name} has a control character in its value` : undefined;
}

/** Words that programs complete without an underscore: `PYTHONPATH`, `PERL5LIB`, `PGHOST`. */
const PREFIXES: ReadonlySet<string> = new Set('BASH PYTHON PERL RUBY PHP RUSTC KUBE KRB5 ZSH PG'.split(' '));

/** A word that ends with `_` stands for all that begin with it. */
const isKnown = (name: string, known: string): boolean =>
  known.endsWith('_') || PREFIXES.has(known) ? name.startsWith(known) : name === known;
