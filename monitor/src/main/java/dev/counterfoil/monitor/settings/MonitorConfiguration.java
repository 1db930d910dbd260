package dev.counterfoil.monitor.settings;

import dev.counterfoil.auditserver.custody.AuditCustodians;
import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.ByteSize;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Watchers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the monitor's configuration file says. */
public record MonitorConfiguration(
    @Meaning("Address of the HTTP listener; port 0 lets the system choose.")
        @Default("127.0.0.1:8480")
        HostPort listen,
    @Meaning("Folder of the database and of the counterfoils that the monitor holds.") @Default(".")
        Path data,
    @Meaning(
            "Socket for the operator's command line. Only root and the monitor's own"
                + " user may connect.")
        @Default("admin.sock")
        UnixSocketPath adminSocket,
    @Meaning(
            "The name with which the monitor, as a custodian, cosigns what it holds."
                + " Its key contains the name.")
        @Default("counterfoil-monitor")
        String cosigner,
    @Meaning("The audience that reporters' tokens must name.") @Default("counterfoil-monitor")
        String audience,
    @Meaning("How long to wait between two checks of a log that does not grow.")
        @Default("200ms")
        @Bounds(min = "10ms", max = "1m")
        Duration pollInterval,
    @Meaning("How far an honest token may be ahead of its log's checkpoint when it is seen.")
        @Default("1s")
        @Bounds(min = "100ms", max = "1m")
        Duration settle,
    @Meaning(
            "How long the counterfoil of a logged leaf may be missing, and how long a"
                + " log may publish less than it signed for its stream.")
        @Default("10s")
        @Bounds(min = "1s", max = "1h")
        Duration counterfoilWithin,
    @Meaning("How long a service may continue to accept what was revoked.")
        @Default("10s")
        @Bounds(min = "1s", max = "1h")
        Duration revocationWithin,
    @Meaning("How long counterfoils are kept after their tokens have expired.")
        @Default("730d")
        @Bounds(min = "1h", max = "3650d")
        Duration keepCounterfoils,
    @Meaning("How long matched sightings are kept.")
        @Default("30d")
        @Bounds(min = "1h", max = "3650d")
        Duration keepSightings,
    @Meaning(
            "How large the database of sightings and findings may become, without its"
                + " reserve of another tenth. See `docs/reference/limits.md`.")
        @Default("10GiB")
        @Bounds(min = "64MiB", max = "1024GiB")
        ByteSize databaseBudget,
    @Meaning("Largest batch of sightings.") @Default("4MiB") @Bounds(min = "64KiB", max = "16MiB")
        ByteSize batchSize,
    @Meaning("Name of the audit log, its origin. Its key contains the name, so do not change it.")
        @Default("counterfoil-monitor/audit")
        String auditLog,
    @Meaning("Most audit events of one source in a second. A burst may have twice as many.")
        @Default("20000")
        @Bounds(min = "1", max = "1000000")
        long auditEventsPerSecond,
    @Meaning(
            "How long audit events are kept and can be found. Older ones are deleted,"
                + " younger ones are not.")
        @Default("365d")
        @Bounds(min = "365d", max = "3650d")
        Duration auditKeep,
    @Meaning(
            "The same for events about the life and use of signing keys. Not shorter than"
                + " `audit-keep`.")
        @Default("730d")
        @Bounds(min = "730d", max = "3650d")
        Duration auditKeepKeys,
    @Meaning(
            "Whether the operator's staff reads a tenant's audit events at the admin socket only"
                + " for a task, which the tenant sees: `counterfoil staff begin`.")
        @Default("false")
        boolean staffTasksRequired,
    @Meaning(
            "Folder of your own detection rules, beside those that come with Counterfoil. It is"
                + " read when the monitor starts (operate/rules.md).")
        Optional<Path> detectionRules,
    @Meaning(
            "Custodians of the audit log. They may read its records, and their"
                + " statements that they hold it are trusted.")
        List<AuditCustodian> auditCustodians,
    @Meaning(
            "Addresses and ranges, such as `10.0.0.0/8`, that may read `/metrics`"
                + " besides this host.")
        List<String> watchers,
    @Meaning("Addresses of proxies whose X-Forwarded-For is trusted.") List<String> trustedProxies,
    @Meaning("Where findings are told, beside the command line (operate/notifications.md).")
        List<NotificationChannel> notifications,
    @Meaning("Trust domains to follow.") List<Domain> domains) {

  /** A trust domain. */
  public record Domain(
      @Meaning("Its name, as in its policy.") String name,
      @Meaning("Its trust policy, which decides whose statements are valid.") Path policy,
      @Meaning("The monitor's client identifier at the domain's issuer.")
          @Default("counterfoil-monitor")
          String clientId,
      @Meaning("The private JWK (EC, P-256) with which that client proves itself.")
          SecretFile clientKey) {
    public Domain {
      if (!name.matches("[a-z0-9][a-z0-9-]{0,62}")) {
        throw new IllegalArgumentException(
            "key 'name': a domain's name is 1 to 63 of a-z, 0-9 and hyphens");
      }
    }
  }

  /** A custodian of the audit log. */
  public record AuditCustodian(
      @Meaning("Its key, as it prints it at its start.") String key,
      @Meaning("The domain among `domains` as whose client the custodian reads the records.")
          String domain,
      @Meaning("Its client identifier at that domain's issuer.") @Default("counterfoil-custodian")
          String clientId) {
    public AuditCustodian {
      parse(key);
    }

    /** Its key. */
    public CosignerKey cosigner() {
      return parse(key);
    }

    /** The same as the audit log's server takes it. */
    public AuditCustodians.Custodian toServer() {
      return new AuditCustodians.Custodian(
          cosigner(), new Caller(domain, clientId, KeyCeiling.OWN_TENANT));
    }

    /**
     * Throws when a name stands twice, or a domain is not among those that the monitor follows.
     *
     * @param domains their names
     */
    public static void check(List<AuditCustodian> custodians, List<String> domains) {
      if (custodians.stream().map(one -> one.cosigner().name()).distinct().count()
          < custodians.size()) {
        throw new IllegalArgumentException("key 'audit-custodians': a name is listed twice");
      }
      if (!custodians.stream().allMatch(custodian -> domains.contains(custodian.domain()))) {
        throw new IllegalArgumentException(
            "key 'audit-custodians': each 'domain' must be one of 'domains'");
      }
    }

    private static CosignerKey parse(String key) {
      try {
        return CosignerKey.parse(key);
      } catch (FormatException e) {
        throw new IllegalArgumentException(
            "key 'key': expected the line that a custodian prints as its key: " + e.getMessage(),
            e);
      }
    }
  }

  public MonitorConfiguration {
    watchers = List.copyOf(watchers);
    trustedProxies = List.copyOf(trustedProxies);
    auditCustodians = List.copyOf(auditCustodians);
    AuditCustodian.check(auditCustodians, names(domains));
    notifications = NotificationChannel.distinct(notifications);
    // IllegalArgumentException where one is none.
    Watchers.of(watchers);
    var _ = new ClientAddress(trustedProxies);
    if (!NoteKey.isName(auditLog)) {
      throw new IllegalArgumentException(
          "key 'audit-log': a log's name has 1 to 255 characters without space and plus sign");
    }
    if (auditKeepKeys.compareTo(auditKeep) < 0) {
      throw new IllegalArgumentException(
          "key 'audit-keep-keys': the time must not be shorter than 'audit-keep'");
    }
    if (domains.isEmpty()) {
      throw new IllegalArgumentException("key 'domains': at least one trust domain is needed");
    }
    if (domains.stream().map(Domain::name).distinct().count() < domains.size()) {
      throw new IllegalArgumentException("key 'domains': a name is listed twice");
    }
  }

  /** The names of the trust domains. */
  public List<String> domainNames() {
    return names(domains);
  }

  private static List<String> names(List<Domain> domains) {
    return domains.stream().map(Domain::name).toList();
  }
}
