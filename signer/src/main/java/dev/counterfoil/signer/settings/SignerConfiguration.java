package dev.counterfoil.signer.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.FormerKey;
import dev.counterfoil.configuration.Inline;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.hardening.Reach;
import dev.counterfoil.keystore.pkcs11.HsmAlgorithm;
import dev.counterfoil.keystore.pkcs11.HsmEntry;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.process.settings.PeerUsers;
import dev.counterfoil.process.settings.ProcessSettings;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a signer is started with. */
@FormerKey(name = "role", instead = ProcessSettings.NO_ROLE)
public record SignerConfiguration(
    @Inline ProcessSettings process,
    @Meaning(
            "Its name, which the names of its logs begin with: s1, or s2 and so on for the"
                + " warm spares of a domain.")
        @Default("s1")
        String name,
    @Meaning("Its own socket at the domain's registrar.") UnixSocketPath registrarSocket,
    @Meaning("Tokens per second.") Quotas quotas,
    @Meaning(
            "The level that the log must reach before a tenant's tokens are released, by"
                + " tenant; \"*\" for those not named. Without: durable.")
        Map<String, Level> release,
    @Meaning("Longest wait for such a level. After it the client is told to try again.")
        @Default("2s")
        @Bounds(min = "50ms", max = "4s")
        Duration releaseWait,
    @Meaning(
            "How long the journal keeps counterfoils in plain text. Older ones are deleted"
                + " once every custodian holds them. Default: 7d. Without a custodian: 730d,"
                + " which is then also the minimum.")
        @Bounds(min = "1h", max = "3650d")
        Optional<Duration> journalKeep,
    @Meaning("Logs for tokens that are composed elsewhere, each for its own sources.")
        List<Door> recordLogs,
    @Meaning("The HSM (PKCS#11) that holds the token keys. Without: software holds them.")
        Optional<HsmEntry> pkcs11)
    implements KeyProgramConfiguration {

  /** How long the journal keeps what custodians hold, where nothing is said. */
  private static final Duration KEEP_HELD = Duration.ofDays(7);

  /** How long it keeps what nobody else has. */
  private static final Duration KEEP_ALONE = Duration.ofDays(730);

  /** Most record logs of a signer. */
  private static final int RECORD_LOGS_MAX = 16;

  /** Tokens per second, with a burst of one second's worth. */
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

  /** A record log and who hands in digests there. */
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
      AllowList _ = allowed(sources);
    }

    public AllowList allowedSources() {
      return allowed(sources);
    }

    private static AllowList allowed(List<String> sources) {
      try {
        return AllowList.parse(sources);
      } catch (FormatException e) {
        throw new IllegalArgumentException("sources has a name twice, or * beside names", e);
      }
    }
  }

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
    release = Map.copyOf(release);
    // A level that nobody can ever raise would refuse every token of its tenants.
    if (release.containsValue(Level.HELD) && !process.hasCustodian()) {
      throw new IllegalArgumentException("release asks for held, and no cosigner is a custodian");
    }
    if (release.containsValue(Level.COSIGNED) && process.quorum() == 0) {
      throw new IllegalArgumentException("release asks for cosigned, and quorum is 0");
    }
    if (journalKeep.isPresent()
        && !process.hasCustodian()
        && journalKeep.get().compareTo(KEEP_ALONE) < 0) {
      throw new IllegalArgumentException(
          "journal-keep is at least 730d where no cosigner is a custodian: nobody else has the"
              + " counterfoils");
    }
    if (pkcs11.isPresent()) {
      checkHsm(process.resolvedPurposes());
    }
  }

  /** What an HSM cannot hold is refused with the configuration, before any key is made. */
  private static void checkHsm(Purposes purposes) {
    for (Purpose purpose : purposes.all()) {
      for (KeyStatement.Ring ring : purpose.rings()) {
        if (HsmAlgorithm.of(ring.algorithm()).isEmpty()) {
          throw new IllegalArgumentException(
              "purpose "
                  + purpose.name()
                  + " has keys of "
                  + ring.algorithm().jose()
                  + ", but an HSM (pkcs11) holds only ES256, RS256 and EdDSA. A"
                  + " separate signer can have them in software");
        }
      }
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

  /** What an HSM has to be able to do. */
  public Set<HsmAlgorithm> hsmAlgorithms() {
    return process.resolvedPurposes().all().stream()
        .flatMap(purpose -> purpose.rings().stream())
        .flatMap(ring -> HsmAlgorithm.of(ring.algorithm()).stream())
        .collect(Collectors.toSet());
  }

  /** How long counterfoils stay in the journal. */
  public Duration keepJournal() {
    return journalKeep.orElse(process.hasCustodian() ? KEEP_HELD : KEEP_ALONE);
  }

  @Override
  public String part() {
    return "signer-" + name;
  }

  @Override
  public Reach reach() {
    return process.reach(pkcs11.stream().toList(), List.of());
  }

  @Override
  public PeerUsers users() throws IOException {
    return process.users(Map.of());
  }
}
