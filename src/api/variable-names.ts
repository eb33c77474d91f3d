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
  'MALLOC_ GETCONF_DIR RESOLV_ TZDIR TMPDIR TMP TEMP HOME PATH PWD OLDPWD USER LOGNAME SEGFAULT_ MEMUSAGE_ PCPROFILE_',
  // Of other systems, of libtool, of gettext and of file(1): https://www.gnu.org/software/libtool/manual/html_node/Libltdl-interface.html
  'LIBPATH SHLIB_PATH LTDL_LIBRARY_PATH TEXTDOMAINDIR I18NPATH MAGIC',
  // Where programs look for their configuration: https://specifications.freedesktop.org/basedir-spec/latest/
  'XDG_',
  // Shells: https://www.gnu.org/software/bash/manual/bash.html#Shell-Variables, zshparam(1).
  // SHELLOPTS=xtrace runs what PS4 has: https://vuxml.freebsd.org/freebsd/1b725079-9ef6-11da-b410-000e0c2e438a.html
  'BASH SHELLOPTS ENV IFS PS0 PS1 PS2 PS3 PS4 CDPATH SHELL PROMPT_COMMAND GLOBIGNORE TMOUT MAILPATH HOSTFILE',
  'MODULE_PATH NULLCMD READNULLCMD SPROMPT FIGNORE TIMEFORMAT COMSPEC',
  'POSIXLY_CORRECT INPUTRC HISTFILE FCEDIT ZDOTDIR ZSH FPATH OPTIND OPTERR EXECIGNORE',
  // Programs that other programs start: environ(7), less(1), man(1), sudo(8), systemd.exec(5), gpg(1), terminfo(5).
  'EDITOR VISUAL PAGER BROWSER LESS MANPAGER MANPATH MANOPT MANROFFOPT SUDO_ TERMINFO TERMCAP SYSTEMD_ DBUS_ NOTIFY_SOCKET',
  'LISTEN_ GPG_ PINENTRY_ MAILRC TMUX VIMINIT EXINIT VIMRUNTIME MYVIMRC NVIM_ EMACSLOADPATH LYNX_ GROFF_ FZF_ BAT_',
  // make and what it starts: https://www.gnu.org/software/make/manual/html_node/MAKEFILES-Variable.html, gcc(1),
  // https://cmake.org/cmake/help/latest/manual/cmake-env-variables.7.html, pkg-config(1)
  'MAKEFLAGS MAKEFILES GNUMAKEFLAGS MFLAGS CC CXX CPP LD AR AS CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CPATH LIBRARY_PATH',
  'COMPILER_PATH GCC_EXEC_PREFIX CMAKE_ CTEST_ PKG_CONFIG CCACHE_ SCCACHE_ DISTCC_',
  // Options that tools take beside their command line: https://www.gnu.org/software/tar/manual/html_node/TAR_005fOPTIONS.html,
  // grep(1), gzip(1), xz(1), zip(1), bc(1), https://www.gnu.org/software/parallel/man.html,
  // https://github.com/BurntSushi/ripgrep/blob/master/GUIDE.md#configuration-file, gs(1), https://www.tug.org/texinfohtml/kpathsea.html
  'TAR_ RSH GREP_ RIPGREP_ GZIP BZIP BZIP2 XZ_ ZSTD_ ZIPOPT UNZIP UNZIPOPT BC_ENV_ARGS PARALLEL PARALLEL_ VALGRIND_OPTS',
  'GS_ TEXINPUTS TEXMF TEXMFCNF TEXMFHOME SHELL_ESCAPE SQLITE_ MODPROBE_OPTIONS VPATH',
  // Packages: apt.conf(5), dpkg(1), https://nix.dev/manual/nix/latest/command-ref/env-common.html
  'APT_ DPKG_ DEB_ DEBCONF_ NIX_ HOMEBREW_ FAKEROOT',
  // Interpreters: https://nodejs.org/api/cli.html#environment-variables,
  // https://docs.python.org/3/using/cmdline.html#environment-variables, perlrun(1), ruby(1),
  // https://docs.oracle.com/en/java/javase/21/troubleshoot/environment-variables-and-system-properties.html,
  // https://www.php.net/manual/en/configuration.file.php, https://learn.microsoft.com/dotnet/core/tools/dotnet-environment-variables
  'NODE_ NPM_ PNPM_ ELECTRON_ PYTHON PIP_ PIPENV_ POETRY_ VIRTUAL_ENV PERL RUBY GEM_ BUNDLE_ BUNDLER_ JAVA_ JDK_ _JAVA_',
  'CLASSPATH MAVEN_ MVN_ ANT_ SBT_ GROOVY_ JRUBY_ JPDA_ GRADLE_ PHP LUA_ TCLLIBPATH TCL_LIBRARY ERL_ ERLC_ ELIXIR_ MIX_ DOTNET_ COMPLUS_ CORECLR_ COR_ MONO_ NUGET_',
  // What comes with them: https://docs.deno.com/runtime/reference/env_variables/, https://yarnpkg.com/configuration/yarnrc,
  // https://learn.microsoft.com/aspnet/core/fundamentals/host/platform-specific-configuration,
  // https://docs.spring.io/spring-boot/reference/features/external-config.html, https://docs.astral.sh/uv/reference/environment/
  'DENO_ BUN_ YARN_ COREPACK_ TS_NODE_ ASPNETCORE_ SPRING_ QUARKUS_ LOG4J_ JVM_ CATALINA_ JBOSS_ UV_ CONDA_ COMPOSER_',
  // What servers of programs load: https://docs.djangoproject.com/en/stable/topics/settings/,
  // https://flask.palletsprojects.com/en/stable/cli/,
  // https://docs.gunicorn.org/en/stable/settings.html, and the start scripts of Kafka, Hadoop, Spark and Elasticsearch
  'DJANGO_SETTINGS_MODULE FLASK_ GUNICORN_ UVICORN_ CELERY_ AIRFLOW_ RAILS_ RACK_ KAFKA_ HADOOP_ SPARK_ ES_JAVA_OPTS LOGSTASH_',
  // https://pkg.go.dev/runtime#hdr-Environment_Variables, https://pkg.go.dev/cmd/go#hdr-Environment_variables, gawk(1)
  'GO111MODULE GODEBUG GOFLAGS GOPROXY GOPATH GOROOT GOTRACEBACK GOCOVERDIR GOENV GOTOOLCHAIN GOSUMDB GONOSUMDB GOPRIVATE',
  'GOINSECURE GOAUTH GOCACHEPROG GOWORK GOBIN GOVCS GOEXPERIMENT CGO_ RUSTC RUST_ CARGO_ R_ JULIA_ AWKPATH AWKLIBPATH',
  'GHCRTS GHC_ OCAMLRUNPARAM CAML_LD_LIBRARY_PATH',
  // Libraries that load others: https://www.openmp.org/spec-html/5.2/openmpch21.html, https://docs.gtk.org/gio/overview.html,
  // https://clang.llvm.org/docs/AddressSanitizer.html, https://p11-glue.github.io/p11-glue/p11-kit/manual/
  // Of accelerators and of parallel programs; the first ones give a container devices:
  // https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html,
  // https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html, https://docs.open-mpi.org/en/main/mca.html
  'NVIDIA_ CUDA_ NCCL_ OCL_ OPENCL_ HSA_ ROCR_ OMPI_ PMIX_ I_MPI_ UCX_ VK_ LIBGL_ MESA_ EGL_',
  'OMP_ GOMP_ KMP_ GIO_ GI_ GDK_ GTK QT_ GST_ PANGO_ FONTCONFIG_ ALSA_ ASAN_ LSAN_ TSAN_ UBSAN_ LLVM_ P11_ GNUTLS_ NSS_ SASL_ MAGICK_',
  // Clients: https://curl.se/docs/manpage.html#ENVIRONMENT, https://git-scm.com/docs/git#_environment_variables, ssh(1),
  // https://docs.openssl.org/master/man7/openssl-env/, https://www.postgresql.org/docs/current/libpq-envars.html
  'CURL_ WGETRC SYSTEM_WGETRC NETRC SSHPASS GIT_ SSH_ SSL_ OPENSSL_ RANDFILE CTLOG_FILE QLOGDIR REQUESTS_CA_BUNDLE SSLKEYLOGFILE KRB5',
  'PG PSQL MYSQL_ MARIADB_ DBI_ REDISCLI_ GNUPGHOME RSYNC_ CVS_ SVN_ HGRCPATH HGPLAIN LIBMYSQL_ TNS_ADMIN ODBCINI ODBCSYSINI',
  // https://github.com/grpc/grpc/blob/master/doc/environment_variables.md, https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/,
  // and other collectors of what a program says; socks5(1), https://github.com/rofl0r/proxychains-ng
  'GRPC_ OTEL_ DD_ SENTRY_ NEW_RELIC_ ELASTIC_APM_ JAEGER_ SOCKS_ SOCKS5_ TSOCKS_ PROXYCHAINS_',
  // Copies and backups: https://rclone.org/docs/#environment-variables, https://restic.readthedocs.io/en/stable/075_scripting.html,
  // https://borgbackup.readthedocs.io/en/stable/usage/general.html#environment-variables, https://min.io/docs/minio/linux/reference/minio-mc.html
  'RCLONE_ RESTIC_ BORG_ MC_ VELERO_ KOPIA_',
  // Kubernetes and clouds: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables,
  // https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html,
  // https://cloud.google.com/docs/authentication/application-default-credentials,
  // https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential, https://docs.docker.com/reference/cli/docker/
  'KUBE HELM_ KUSTOMIZE_ KREW_ ARGOCD_ FLUX_ ISTIO_ OS_ AWS_ GOOGLE_ GCLOUD_ CLOUDSDK_ GCE_ AZURE_ ARM_ MSI_ IDENTITY_ OCI_',
  // https://etcd.io/docs/latest/op-guide/configuration/, https://docs.ansible.com/ansible/latest/reference_appendices/config.html,
  // https://boto.cloudhackers.com/en/latest/boto_config_tut.html
  'ETCD_ ETCDCTL_ CONTAINERD_ CRI_ CNI_ CRIO_ NERDCTL_ BUILDAH_ REGISTRY_AUTH_FILE STORAGE_ COSIGN_ SIGSTORE_ BOTO_ ANSIBLE_ ALIBABA_CLOUD_ DIGITALOCEAN_ IBMCLOUD_',
  'DOCKER_ CONTAINER_HOST CONTAINER_SSHKEY CONTAINER_CONNECTION CONTAINERS_ BUILDKIT_ VAULT_ CONSUL_ NOMAD_ TF_',
  'TERRAGRUNT_ PULUMI_ PACKER_ SOPS_ GITHUB_ GITLAB_ GH_ GLAB_ CI_ CLOUDFLARE_ TENCENTCLOUD_ HCLOUD_ LINODE_',
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
const PREFIXES: ReadonlySet<string> = new Set(
  'BASH LESS PYTHON PERL RUBY PHP RUSTC KUBE KRB5 ZSH PG PSQL PKG_CONFIG GTK TERMINFO TMUX FAKEROOT'.split(' '),
);

/** A word that ends with `_` stands for all that begin with it. */
const isKnown = (name: string, known: string): boolean =>
  known.endsWith('_') || PREFIXES.has(known) ? name.startsWith(known) : name === known;
