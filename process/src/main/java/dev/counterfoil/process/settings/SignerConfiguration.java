package dev.counterfoil.process.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.FormerKey;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.hardening.LostProtection;
import dev.counterfoil.hardening.Reach;
import dev.counterfoil.keystore.KeysAtRest;
import dev.counterfoil.keystore.pkcs11.Pkcs11Entry;
import dev.counterfoil.keystore.pkcs11.TokenAlgorithm;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.signerprotocol.SignerName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a signer or registrar is started with.
 *
 * @param role which of the two
 * @param domain trust domain
 * @param issuer its issuer URL
 * @param folder keys and journals
 * @param passphraseFile secret that encrypts the keys at rest; beside a wrapping key, did so before
 * @param serviceSocket for the authority
 * @param serviceUsers Unix users that may connect to it; empty for the process's own
 * @param adminSocket for the operator
 * @param adminUsers Unix users that may connect to it; empty for the process's own
 * @param tenants key scope: tenants
 * @param audiences key scope: audiences
 * @param tokenTypes key scope: {@code typ} values
 * @param lifeMax key scope: longest token life
 * @param usagePeriod how long a key signs
 * @param usageReserve how much longer it could
 * @param propagationWindow within which a stated key is known everywhere
 * @param acceptGoodTokensRefused whether it may be shorter than common libraries ask again
 * @param purposes what keys are for
 * @param signers registrar only: the domain's signers, each with a socket of its own
 * @param registrarSocket signer only
 * @param logFolder parent of the public log folders
 * @param quotas signer only
 * @param release signer only: level of the log at which a tenant's tokens go out
 * @param releaseWait signer only: longest wait for a level
 * @param journalKeep signer only: how long counterfoils stay in the journal in plain; empty for the
 *     usual time
 * @param recordLogs signer only: logs for tokens that are composed elsewhere
 * @param root registrar only: version and hash of the root
 * @param cosigners who cosigns its logs
 * @param quorum how many witnesses make a checkpoint cosigned
 * @param acceptLostProtections what the operator does without
 * @param secondPerson registrar only: what waits for a second operator
 * @param revocationLogs registrar only: whether revocations go into logs of their own
 * @param pkcs11 signer only: the token that holds the token keys; empty for software
 * @param wrappingKey the token with the key that encrypts keys at rest; empty with a passphrase
 * @param wrappingKeyBefore the token whose key did so before
 */
@FormerKey(
    name = "signer-socket",
    instead =
        "every signer has its own socket now. Write signers: [{name: s1, socket:"
            + " PATH}] with one entry for each signer, and put each PATH as registrar-socket"
            + " into that signer's configuration (docs/operate/installing.md)")
@FormerKey(
    name = "signer-users",
    instead =
        "name each signer's Unix users in its entry: signers: [{name: s1, socket: PATH, users: [USER]}]")
public record SignerConfiguration(
    @Meaning("The kind of process: signer, or registrar.") Role role,
    @Meaning(
            "Signer only: its name, which the names of its logs begin with: s1, or s2"
                + " and so on for the warm spares of a domain.")
        @Default("s1")
        String name,
    @Meaning("Name of the trust domain.") String domain,
    @Meaning("The domain's issuer URL, without a trailing slash.") URI issuer,
    @Meaning("Folder of keys and journals, for this process alone.") Path folder,
    @Meaning(
            "File with the secret that encrypts the keys at rest: at least 32 random"
                + " characters, mode 600. Beside wrapping-key: the secret that keys are"
                + " moved from.")
        Optional<SecretFile> passphraseFile,
    @Meaning("Unix socket for the authority.") UnixSocketPath serviceSocket,
    @Meaning(
            "Unix users that may connect to the service socket; empty: only the process's own"
                + " user.")
        List<String> serviceUsers,
    @Meaning("Unix socket for the operator's command line.") UnixSocketPath adminSocket,
    @Meaning(
            "Unix users that may connect to the admin socket; empty: only the process's own"
                + " user.")
        List<String> adminUsers,
    @Meaning("Tenants that keys may sign for; [\"*\"] for any. All others are denied.")
        List<String> tenants,
    @Meaning("Services that keys may sign for; [\"*\"] for any. All others are denied.")
        List<String> audiences,
    @Meaning("Token types that keys may sign; empty: at+jwt, access tokens of RFC 9068.")
        List<String> tokenTypes,
    @Meaning("Longest lifetime of a token.") @Default("15m") @Bounds(min = "1s", max = "1h")
        Duration lifeMax,
    @Meaning("How long a key signs before the next one takes over automatically.")
        @Default("24h")
        @Bounds(min = "4s", max = "365d")
        Duration usagePeriod,
    @Meaning(
            "How much longer a key could sign, while the registrar is away or rotation"
                + " is paused. Without: half of usage-period.")
        @Bounds(min = "1s", max = "365d")
        Optional<Duration> usageReserve,
    @Meaning(
            "The time within which a stated key is known everywhere, even in every"
                + " cache of the JWKS. Without: 15m, or a quarter of usage-period if that is"
                + " less.")
        @Bounds(min = "1s", max = "7d")
        Optional<Duration> propagationWindow,
    @Meaning(
            "Whether keys may follow each other faster than services that read the"
                + " JWKS with jose or Nimbus learn of them. Such services then refuse valid"
                + " tokens. Verifiers of the key log are not affected.")
        @Default("false")
        boolean acceptGoodTokensRefused,
    @Meaning(
            "The purposes of keys, each with its own keys. Without: one, access, for"
                + " the token types above.")
        List<PurposeEntry> purposes,
    @Meaning("Registrar only: the domain's signers, each with a socket of its own.")
        List<SignerEntry> signers,
    @Meaning("Signer only: its own socket at the domain's registrar.")
        Optional<UnixSocketPath> registrarSocket,
    @Meaning("Folder in which each log gets a public folder of its name; a registrar's is keys.")
        Optional<Path> logFolder,
    @Meaning("Signer only: tokens per second.") Quotas quotas,
    @Meaning(
            "Signer only: the level that the log must reach before a tenant's tokens"
                + " are released, by tenant; \"*\" for those not named. Without: durable.")
        Map<String, Level> release,
    @Meaning(
            "Signer only: longest wait for such a level. After it the client is told"
                + " to try again.")
        @Default("2s")
        @Bounds(min = "50ms", max = "4s")
        Duration releaseWait,
    @Meaning(
            "Signer only: how long the journal keeps counterfoils in plain text. Older"
                + " ones are deleted once every custodian holds them. Default: 7d. Without a"
                + " custodian: 730d, which is then also the minimum.")
        @Bounds(min = "1h", max = "3650d")
        Optional<Duration> journalKeep,
    @Meaning("Signer only: logs for tokens that are composed elsewhere, each for its own sources.")
        List<Door> recordLogs,
    @Meaning(
            "Registrar only: one version of the root, as in the policy's root line:"
                + " its number and its SHA-256. Without it the registrar creates its keys"
                + " and waits.")
        Optional<String> root,
    @Meaning("Witnesses and custodians that cosign its logs; for a registrar, its key log.")
        List<CosignerEntry> cosigners,
    @Meaning("How many witnesses make a checkpoint cosigned; 0 for none.")
        @Default("0")
        @Bounds(min = "0", max = "32")
        int quorum,
    @Meaning(
            "Protections that may be missing, each named for what is lost without it."
                + " If any other essential one is missing, the process does not start."
                + " Empty: none.")
        List<LostProtection> acceptLostProtections,
    @Meaning("Registrar only: what one operator cannot do alone.") SecondPerson secondPerson,
    @Meaning(
            "Registrar only: writes revocations of tokens into short-lived logs beside"
                + " the key log. Every verifier of this release reads them; an older one"
                + " then refuses all tokens. So switch it on when all are updated.")
        @Default("false")
        boolean revocationLogs,
    @Meaning(
            "Signer only: the token (PKCS#11) that holds the token keys. Without:"
                + " software holds them.")
        Optional<Pkcs11Entry> pkcs11,
    @Meaning(
            "The token (PKCS#11) with the AES key that encrypts the keys at rest,"
                + " instead of passphrase-file.")
        Optional<Pkcs11Entry> wrappingKey,
    @Meaning(
            "The token (PKCS#11) that the keys at rest are moved from, to"
                + " passphrase-file or to another token in wrapping-key. Remove it when a"
                + " start has reported that the move is done.")
        Optional<Pkcs11Entry> wrappingKeyBefore) {

  /** How long the journal keeps what custodians hold, where nothing is said. */
  static final Duration KEEP_HELD = Duration.ofDays(7);

  /** How long it keeps what nobody else has. */
  static final Duration KEEP_ALONE = Duration.ofDays(730);

  /** Most cosigners: every cosigned checkpoint carries all their lines. */
  static final int COSIGNERS_MAX = 32;

  /**
   * Somebody who cosigns the signer's logs.
   *
   * @param name for people
   * @param vkey his public key
   * @param kind what his cosignature says
   * @param holder whether the signer waits at its start for his word
   */
  public record CosignerEntry(
      @Meaning("Name of the cosigner, for people.") String name,
      @Meaning("Its public key, a vkey of c2sp.org/tlog-cosignature (Ed25519 or ML-DSA-44).")
          String vkey,
      @Meaning("The meaning of its cosignature: witness, or custodian.") Cosigner.Kind kind,
      @Meaning(
              "Whether the signer, when it starts with an existing log, waits until"
                  + " this cosigner reports how large it saw the log. That shows when a disk"
                  + " was put back.")
          @Default("false")
          boolean holder) {
    public CosignerEntry {
      if (name.isBlank() || name.length() > 255) {
        throw new IllegalArgumentException("a cosigner has a name of 1 to 255 characters");
      }
      key(vkey);
    }

    private static CosignerKey key(String vkey) {
      try {
        return CosignerKey.parse(vkey);
      } catch (FormatException e) {
        throw new IllegalArgumentException("vkey of a cosigner: " + e.getMessage(), e);
      }
    }

    Cosigner cosigner() {
      return new Cosigner(name, key(vkey), kind, holder);
    }
  }

  /**
   * Tokens per second, with a burst of one second's worth.
   *
   * @param clientTokensPerSecond of each client that is not named
   * @param tenantTokensPerSecond of each tenant that is not named
   * @param clients of clients by their identifier
   * @param tenants of tenants by their name
   */
  public record Quotas(
      @Meaning("For each client that is not named below; 0 for none.")
          @Default("50000")
          @Bounds(min = "0", max = "10000000")
          int clientTokensPerSecond,
      @Meaning("For each tenant that is not named below; 0 for none.")
          @Default("200000")
          @Bounds(min = "0", max = "10000000")
          int tenantTokensPerSecond,
      @Meaning("For clients by their identifier; 0 for none.") Map<String, Integer> clients,
      @Meaning("For tenants by their name; 0 for none.") Map<String, Integer> tenants) {
    /** Generous, and the same for everybody. */
    public static final Quotas DEFAULT = new Quotas(50_000, 200_000, Map.of(), Map.of());

    public Quotas {
      clients = Map.copyOf(clients);
      tenants = Map.copyOf(tenants);
      if (clients.values().stream().anyMatch(quota -> quota < 0)
          || tenants.values().stream().anyMatch(quota -> quota < 0)) {
        throw new IllegalArgumentException("a quota is a number of tokens per second, 0 for none");
      }
    }
  }

  /**
   * A record log and who hands in digests there.
   *
   * @param name of the log, before the generation's number
   * @param sources client identifiers
   * @param digestsPerSecond of each source
   */
  public record Door(
      @Meaning("Its name, such as d1. The log is called d1g1, and d1g2 after a replacement.")
          String name,
      @Meaning(
              "Clients that hand in digests here; [\"*\"] for every one that has the"
                  + " scope. All others are denied.")
          List<String> sources,
      @Meaning("Digests per second of each source, with a burst of one second's worth.")
          @Default("100000")
          @Bounds(min = "1000", max = "10000000")
          int digestsPerSecond) {
    /** Digests per second where nothing is said. */
    public static final int DIGESTS_PER_SECOND = 100_000;

    public Door {
      sources = List.copyOf(sources);
      if (!LogName.isDoor(name)) {
        throw new IllegalArgumentException("a record log's name is d and a number, such as d1");
      }
      if (sources.isEmpty()) {
        throw new IllegalArgumentException(
            "sources names clients, or [\"*\"] for every one that has the scope");
      }
      allowList("sources", sources);
    }

    public AllowList allowedSources() {
      return allowList("sources", sources);
    }
  }

  /** Most record logs of a signer. */
  static final int RECORD_LOGS_MAX = 16;

  public SignerConfiguration {
    SignerName.check(name);
    recordLogs = List.copyOf(recordLogs);
    if (recordLogs.size() > RECORD_LOGS_MAX
        || recordLogs.stream().map(Door::name).distinct().count() < recordLogs.size()
        || recordLogs.stream().flatMap(door -> door.sources().stream()).distinct().count()
            < recordLogs.stream().mapToLong(door -> door.sources().size()).sum()
        || (recordLogs.size() > 1
            && recordLogs.stream().anyMatch(door -> door.sources().contains("*")))) {
      throw new IllegalArgumentException(
          "record-logs has at most 16 logs, no name and no source twice, and [\"*\"] only where"
              + " there is one");
    }
    serviceUsers = List.copyOf(serviceUsers);
    adminUsers = List.copyOf(adminUsers);
    signers = List.copyOf(signers);
    tenants = List.copyOf(tenants);
    audiences = List.copyOf(audiences);
    release = Map.copyOf(release);
    acceptLostProtections = List.copyOf(acceptLostProtections);
    cosigners = List.copyOf(cosigners);
    checkCosigners(cosigners, quorum);
    checkRelease(release, cosigners, quorum);
    if (journalKeep.isPresent()
        && !hasCustodian(cosigners)
        && journalKeep.get().compareTo(KEEP_ALONE) < 0) {
      throw new IllegalArgumentException(
          "journal-keep is at least 730d where no cosigner is a custodian: nobody else has the"
              + " counterfoils");
    }
    tokenTypes = tokenTypes.isEmpty() ? List.of("at+jwt") : List.copyOf(tokenTypes);
    purposes = List.copyOf(purposes);
    String url = issuer.toString();
    if (issuer.getHost() == null
        || !(url.startsWith("https://") || url.startsWith("http://"))
        || issuer.getQuery() != null
        || issuer.getFragment() != null
        || url.endsWith("/")
        || !NoteKey.isName(url)) {
      throw new IllegalArgumentException(
          "issuer is an http or https URL without query, fragment and trailing slash");
    }
    if (tenants.isEmpty() || audiences.isEmpty()) {
      throw new IllegalArgumentException(
          "tenants and audiences each name something, or [\"*\"] for anything");
    }
    allowList("tenants", tenants);
    allowList("audiences", audiences);
    allowList("token-types", tokenTypes);
    KeyDefaults defaults =
        new KeyDefaults(
            tokenTypes,
            tenants,
            audiences,
            lifeMax,
            usagePeriod,
            usageReserve,
            propagationWindow,
            acceptGoodTokensRefused);
    defaults.check(purposes);
    if (pkcs11.isPresent()) {
      defaults.resolve(purposes).checkHsm(role);
    }
    Pkcs11Entry.checkSealing(passphraseFile, wrappingKey, wrappingKeyBefore);
    if (secondPerson.required() && (role != Role.REGISTRAR || adminUsers.size() < 2)) {
      throw new IllegalArgumentException(
          "second-person is for a registrar with two or more users in admin-users,"
              + " because operators cannot confirm their own commands");
    }
    switch (role) {
      case SIGNER -> {
        if (registrarSocket.isEmpty() || logFolder.isEmpty() || root.isPresent()) {
          throw new IllegalArgumentException(
              "a signer has registrar-socket and log-folder, and no root");
        }
        if (!signers.isEmpty()) {
          throw new IllegalArgumentException("only a registrar has signers");
        }
      }
      case REGISTRAR -> {
        if (!release.isEmpty()) {
          throw new IllegalArgumentException("only a signer has release");
        }
        if (registrarSocket.isPresent() || logFolder.isEmpty() || !recordLogs.isEmpty()) {
          throw new IllegalArgumentException(
              "a registrar has log-folder, and neither registrar-socket nor record-logs");
        }
        SignerEntry.check(signers, List.of(serviceSocket, adminSocket), serviceUsers);
        root.ifPresent(SignerConfiguration::pin);
      }
    }
  }

  private static void checkCosigners(List<CosignerEntry> cosigners, int quorum) {
    Set<String> names = new HashSet<>();
    Set<String> keys = new HashSet<>();
    for (CosignerEntry entry : cosigners) {
      if (!names.add(entry.name()) || !keys.add(entry.vkey())) {
        throw new IllegalArgumentException("two cosigners have the same name or vkey");
      }
    }
    // By the names in their keys: one witness with an Ed25519 and an ML-DSA-44 key is one.
    long witnesses =
        cosigners.stream()
            .filter(entry -> entry.kind() == Cosigner.Kind.WITNESS)
            .map(entry -> entry.cosigner().key().name())
            .distinct()
            .count();
    if (cosigners.size() > COSIGNERS_MAX || quorum > witnesses) {
      throw new IllegalArgumentException(
          "there are at most " + COSIGNERS_MAX + " cosigners, and no fewer witnesses than quorum");
    }
  }

  private static AllowList allowList(String key, List<String> names) {
    try {
      return AllowList.parse(names);
    } catch (FormatException e) {
      throw new IllegalArgumentException(key + " has a name twice, or * beside names", e);
    }
  }

  private static RootPin pin(String text) {
    try {
      return RootPin.parse(text);
    } catch (FormatException e) {
      throw new IllegalArgumentException("root: " + e.getMessage(), e);
    }
  }

  /** The level at which a tenant's tokens go out. */
  public Level releaseLevel(String tenant) {
    Level named = release.get(tenant);
    return named != null ? named : release.getOrDefault("*", Level.DURABLE);
  }

  /** Whether any tenant's tokens wait for a custodian. */
  public boolean releasesHeld() {
    return release.containsValue(Level.HELD);
  }

  /** What the keys are for. */
  public Purposes resolvedPurposes() {
    return keyDefaults().resolve(purposes);
  }

  /** All tokens that are used, whatever for. */
  public List<Pkcs11Entry> tokens() {
    return Stream.of(pkcs11, wrappingKey, wrappingKeyBefore).flatMap(Optional::stream).toList();
  }

  /** With what its keys are sealed. */
  public KeysAtRest keysAtRest() {
    return new KeysAtRest(folder, domain, passphraseFile, wrappingKey, wrappingKeyBefore);
  }

  /** What the process reaches. */
  public Reach reach() {
    return new Reach(
        folder,
        logFolder,
        Stream.concat(passphraseFile.stream(), tokens().stream().map(Pkcs11Entry::pinFile))
            .map(SecretFile::path)
            .toList(),
        tokens().stream().map(Pkcs11Entry::library).toList(),
        tokens().stream().flatMap(token -> token.reads().stream()).toList(),
        tokens().stream().flatMap(token -> token.writes().stream()).toList(),
        Stream.concat(
                Stream.of(serviceSocket, adminSocket), signers.stream().map(SignerEntry::socket))
            .map(UnixSocketPath::path)
            .toList(),
        tokens().stream().anyMatch(token -> !token.addresses().isEmpty()));
  }

  /** What a token has to be able to do. */
  public Set<TokenAlgorithm> tokenAlgorithms() {
    return resolvedPurposes().all().stream()
        .flatMap(purpose -> purpose.rings().stream())
        .flatMap(ring -> TokenAlgorithm.of(ring.algorithm()).stream())
        .collect(Collectors.toSet());
  }

  private KeyDefaults keyDefaults() {
    return new KeyDefaults(
        tokenTypes,
        tenants,
        audiences,
        lifeMax,
        usagePeriod,
        usageReserve,
        propagationWindow,
        acceptGoodTokensRefused);
  }

  /** The version of the root that counts; of a registrar that has been told. */
  public Optional<RootPin> rootPin() {
    return root.map(SignerConfiguration::pin);
  }

  /** A level that nobody can ever raise would refuse every token of its tenants. */
  private static void checkRelease(
      Map<String, Level> release, List<CosignerEntry> cosigners, int quorum) {
    if (release.containsValue(Level.HELD) && !hasCustodian(cosigners)) {
      throw new IllegalArgumentException("release asks for held, and no cosigner is a custodian");
    }
    if (release.containsValue(Level.COSIGNED) && quorum == 0) {
      throw new IllegalArgumentException("release asks for cosigned, and quorum is 0");
    }
  }

  private static boolean hasCustodian(List<CosignerEntry> cosigners) {
    return cosigners.stream().anyMatch(entry -> entry.kind() == Cosigner.Kind.CUSTODIAN);
  }

  /** How long counterfoils stay in the journal. */
  public Duration keepJournal() {
    return journalKeep.orElse(hasCustodian(cosigners) ? KEEP_HELD : KEEP_ALONE);
  }

  /** Who cosigns the logs. */
  public List<Cosigner> allCosigners() {
    return cosigners.stream().map(entry -> entry.cosigner().checkedBy(AwsLc.PROVIDER)).toList();
  }

  /** The origin of a log of the domain: the issuer without its scheme, and the log's short name. */
  public String origin(String logName) {
    return origin(issuer, logName);
  }

  public static String origin(URI issuer, String logName) {
    String url = issuer.toString();
    return url.substring(url.indexOf("://") + 3) + "/logs/" + logName;
  }

  /** Prefix of a log's tiles. */
  public URI logUrl(String logName) {
    return URI.create(issuer + "/logs/" + logName);
  }
}
