package dev.counterfoil.installation.layout;

import dev.counterfoil.authority.settings.AdministrationEntry;
import dev.counterfoil.authority.settings.CosignerEntry;
import dev.counterfoil.authority.settings.MonitorWatchEntry;
import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.keystore.pkcs11.HsmEntry;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.monitor.settings.MonitorConfiguration.AuditCustodian;
import dev.counterfoil.monitor.settings.NotificationChannel;
import dev.counterfoil.process.settings.KeyDefaults;
import dev.counterfoil.process.settings.PurposeEntry;
import dev.counterfoil.signer.settings.SignerConfiguration.Door;
import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What {@code counterfoil up} runs: the configuration file that may be given to it. Without one
 * there is {@link TrialConfiguration}.
 *
 * @param domains the trust domains
 * @param monitorListen where the monitor listens
 * @param cosigners who cosigns the logs, beside the monitor
 * @param quorum how many witnesses make a checkpoint cosigned
 * @param root whose word starts all trust
 * @param rootPin which version of a root of one's own counts
 * @param watchers who besides this host reads the figures
 * @param auditLog name of the audit log
 * @param auditCustodians who elsewhere holds the audit log
 * @param notifications where findings are told
 * @param monitorWatch how authorities watch the monitor; empty for the defaults
 * @param console where people look at them; empty for no console
 * @param staffTasksRequired whether staff reads tenants' events for a task alone
 * @param response what carries playbooks out; empty for nothing
 * @param disclosure what tells those affected; empty for nothing
 */
public record InstallationConfiguration(
    @Meaning("The trust domains. Each has its own keys, log, sockets and client store.")
        List<Domain> domains,
    @Meaning("Address on which the monitor accepts sightings and serves findings.")
        @Default("127.0.0.1:8481")
        HostPort monitorListen,
    @Meaning(
            "Witnesses and custodians elsewhere that cosign the logs. The monitor is a"
                + " custodian of all of them and need not be listed.")
        List<Cosigner> cosigners,
    @Meaning("How many witnesses make a checkpoint cosigned; 0 for none.")
        @Default("0")
        @Bounds(min = "0", max = "32")
        int quorum,
    @Meaning(
            "The root of all trust: trial, which up creates and renews by itself, or"
                + " external, a root whose ceremonies you hold (operate/root.md).")
        @Default("trial")
        Root root,
    @Meaning(
            "With an external root only: its version and that version's SHA-256, as"
                + " counterfoil root init prints them.")
        Optional<String> rootPin,
    @Meaning(
            "Addresses and ranges, such as `10.0.0.0/8`, that may read `/metrics` of authority and monitor besides this host.")
        List<String> watchers,
    @Meaning(
            "Name of the audit log, its origin. Its key contains the name, so do not"
                + " change it. A new audit log gets another name (operate/audit-key.md).")
        @Default("counterfoil-monitor/audit")
        String auditLog,
    @Meaning(
            "Custodians elsewhere that hold the audit log. They may read its records, and their statements that they hold it are trusted (operate/audit-custody.md).")
        List<AuditCustodian> auditCustodians,
    @Meaning(
            "Where the monitor tells findings, beside the command line (operate/notifications.md).")
        List<NotificationChannel> notifications,
    @Meaning("How authorities watch the monitor.") Optional<MonitorWatchEntry> monitorWatch,
    @Meaning("Runs the console, where people look at findings (operate/console.md).")
        Optional<ConsoleEntry> console,
    @Meaning(
            "Whether your staff reads a tenant's audit events at the admin socket only for a task,"
                + " which the tenant sees (operate/staff-access.md).")
        @Default("false")
        boolean staffTasksRequired,
    @Meaning("Runs the response process (operate/response.md).") Optional<ResponseEntry> response,
    @Meaning("Runs disclosure (operate/disclosure.md).") Optional<DisclosureEntry> disclosure) {
  /** Whose word starts all trust. */
  public enum Root {
    /** A root of one key on this disk, which renews itself. */
    TRIAL,
    /** A root whose holders are people. */
    EXTERNAL
  }

  /**
   * Somebody elsewhere who cosigns the logs.
   *
   * @param name for people
   * @param vkey his public key
   * @param kind what he is
   * @param url where he is
   * @param interval how often he is asked at most
   * @param holder whether a signer waits at its start for his word
   */
  public record Cosigner(
      @Meaning("Name of the cosigner, for people.") String name,
      @Meaning("Its public key, a vkey of c2sp.org/tlog-cosignature.") String vkey,
      @Meaning("Its kind: witness, or custodian.") CosignerEntry.Kind kind,
      @Meaning("Its URL: the prefix of add-checkpoint, or of a custodian's logs/.") URI url,
      @Meaning("Witness only: the time between two questions; 0s for round after round.")
          @Default("0s")
          @Bounds(min = "0s", max = "1h")
          Duration interval,
      @Meaning(
              "Whether a signer that starts again waits until this cosigner reports how large"
                  + " it saw the log.")
          @Default("false")
          boolean holder) {
    public Cosigner {
      SecureUrl.require("url of cosigner " + name, url);
    }
  }

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  /**
   * One trust domain.
   *
   * @param name names its folder
   * @param issuer its issuer URL
   * @param listen where its authority listens
   * @param tenants its tenants; {@code *} for any
   * @param audiences the services it issues tokens for; {@code *} for any
   * @param tokenLife life of a token
   * @param usagePeriod how long a key signs before the next takes over
   * @param usageReserve how much longer it could
   * @param propagationWindow within which a stated key is known everywhere
   * @param acceptGoodTokensRefused whether it may be shorter than common libraries ask again
   * @param purposes what keys are for
   * @param release level of the log at which a tenant's tokens go out
   * @param recordLogs logs for tokens that are composed elsewhere
   * @param pkcs11 the token that holds its token keys; empty for software
   * @param spareSigners how many warm spares stand by
   * @param wrappingKey the token whose key encrypts their keys at rest; empty for passphrases
   * @param wrappingKeyBefore the token whose key did so before
   * @param audienceStreams services that may receive the leaves of their own tokens only
   * @param attachedIssuers other issuers whose tokens record logs have
   * @param outboundNetworks where clients may be told something, beside public addresses
   * @param administration beside the admin socket; empty for nothing
   */
  public record Domain(
      @Meaning("Name of the domain: a to z, 0 to 9 and hyphens.") String name,
      @Meaning(
              "The issuer URL in its tokens. Behind a proxy it may differ from the"
                  + " address that the authority listens on.")
          URI issuer,
      @Meaning("Address on which the domain's authority listens.") HostPort listen,
      @Meaning("Tenants that its keys may sign for; [\"*\"] for any.") List<String> tenants,
      @Meaning("Services that its keys may sign for; [\"*\"] for any.") List<String> audiences,
      @Meaning("Lifetime of a token.") @Default("15m") @Bounds(min = "10s", max = "1h")
          Duration tokenLife,
      @Meaning("How long a key signs before the next one takes over automatically.")
          @Default("24h")
          @Bounds(min = "1h", max = "365d")
          Duration usagePeriod,
      @Meaning(
              "How much longer a key could sign, while the registrar is away or"
                  + " rotation is paused. Without: half of usage-period.")
          @Bounds(min = "1m", max = "365d")
          Optional<Duration> usageReserve,
      @Meaning(
              "The time within which a stated key is known everywhere, even in every"
                  + " cache of the JWKS. Without: 15m, or a quarter of usage-period if that"
                  + " is less.")
          @Bounds(min = "1s", max = "7d")
          Optional<Duration> propagationWindow,
      @Meaning(
              "Whether keys may follow each other faster than services that read the"
                  + " JWKS with jose or Nimbus learn of them. Such services then refuse"
                  + " valid tokens. Verifiers of the key log are not affected.")
          @Default("false")
          boolean acceptGoodTokensRefused,
      @Meaning(
              "The purposes of keys, each with its own keys. Without: one, access, for"
                  + " access tokens.")
          List<PurposeEntry> purposes,
      @Meaning(
              "The level that the log must reach before a tenant's tokens are"
                  + " released, by tenant; \"*\" for those not named. Without: durable.")
          Map<String, Level> release,
      @Meaning(
              "Logs for tokens that are composed elsewhere, each for its own sources."
                  + " Without: one, d1, for every client that has the scope.")
          List<Door> recordLogs,
      @Meaning(
              "The token (PKCS#11) that holds the token keys of the domain's signers."
                  + " Without: software holds them.")
          Optional<HsmEntry> pkcs11,
      @Meaning(
              "Number of warm spares: signers with their own keys and logs, which"
                  + " issue when the first cannot. 0 for none.")
          @Default("1")
          @Bounds(min = "0", max = "3")
          int spareSigners,
      @Meaning(
              "The token (PKCS#11) with the keys that encrypt the domain's keys at"
                  + " rest. Without: passphrases that up creates. If you set it later, it"
                  + " replaces them at the next start.")
          Optional<HsmEntry> wrappingKey,
      @Meaning(
              "The token (PKCS#11) that the next start moves the keys from: to another"
                  + " token, named in wrapping-key, or to passphrases if there is none.")
          Optional<HsmEntry> wrappingKeyBefore,
      @Meaning(
              "Audiences, 32 at most, whose services may receive only the leaves of"
                  + " their own tokens. Any reader of the log then sees which of its"
                  + " positions are whose.")
          List<String> audienceStreams,
      @Meaning(
              "Issuers, 32 at most, that keep their keys and record their tokens here. The"
                  + " trial root attaches them; another root does so in a ceremony"
                  + " (integrate/attached-issuers.md).")
          List<String> attachedIssuers,
      @Meaning(
              "Networks of your own, such as 10.0.0.0/8, in which addresses of clients may lie that"
                  + " the authority sends to. Without: public addresses alone.")
          List<String> outboundNetworks,
      @Meaning("How the domain is administered beside the admin socket. Without: not at all.")
          Optional<AdministrationEntry> administration) {
    public Domain {
      outboundNetworks = List.copyOf(outboundNetworks);
      attachedIssuers = List.copyOf(attachedIssuers);
      audienceStreams = List.copyOf(audienceStreams);
      recordLogs = List.copyOf(recordLogs);
      release = Map.copyOf(release);
      tenants = List.copyOf(tenants);
      audiences = List.copyOf(audiences);
      purposes = List.copyOf(purposes);
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException("a domain's name has 1 to 32 of a-z, 0-9 and hyphen");
      }
      if (tenants.isEmpty() || audiences.isEmpty()) {
        throw new IllegalArgumentException(
            "domain " + name + " needs tenants and audiences: name them, or [\"*\"] for any");
      }
      // A configuration that the authority would refuse names the domain here.
      try {
        SecureUrl.require("issuer", issuer);
        for (String attached : attachedIssuers) {
          SecureUrl.require("attached issuer", URI.create(attached));
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("domain " + name + ": " + e.getMessage(), e);
      }
      if (issuer.toString().endsWith("/")) {
        throw new IllegalArgumentException(
            "domain " + name + ": issuer is a URL without a slash at its end");
      }
      try {
        new KeyDefaults(
                List.of("at+jwt"),
                tenants,
                audiences,
                tokenLife,
                usagePeriod,
                usageReserve,
                propagationWindow,
                acceptGoodTokensRefused)
            .check(purposes);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("domain " + name + ": " + e.getMessage(), e);
      }
    }

    /** A domain without a spare, whose keys are for access tokens, at the usual times. */
    public Domain(
        String name,
        URI issuer,
        HostPort listen,
        List<String> tenants,
        List<String> audiences,
        Duration tokenLife,
        Duration usagePeriod,
        Map<String, Level> release,
        List<Door> recordLogs) {
      this(
          name,
          issuer,
          listen,
          tenants,
          audiences,
          tokenLife,
          usagePeriod,
          Optional.empty(),
          Optional.empty(),
          false,
          List.of(),
          release,
          recordLogs,
          Optional.empty(),
          0,
          Optional.empty(),
          Optional.empty(),
          List.of(),
          List.of(),
          List.of(),
          Optional.empty());
    }

    /** The same with so many warm spares. */
    public Domain withSpareSigners(int count) {
      return with(count, attachedIssuers, purposes);
    }

    /** The same with issuers that keep their keys and record their tokens here. */
    public Domain attaching(List<String> issuers) {
      return with(spareSigners, issuers, purposes);
    }

    /** The same with keys for these purposes. */
    public Domain withPurposes(List<PurposeEntry> others) {
      return with(spareSigners, attachedIssuers, others);
    }

    /** The same with keys for ID tokens, whose audiences are clients. */
    public Domain signingPeopleIn() {
      return withPurposes(
          List.of(
              PurposeEntry.access(),
              // OpenID Connect Core 15.1: RS256 is what a client has that asks for nothing.
              PurposeEntry.of(
                  "id",
                  List.of(ID_TOKEN, "logout+jwt", "userinfo+jwt"),
                  List.of("RS256", "ES256"),
                  List.of("*"))));
    }

    /** Whether people sign in: it has keys for ID tokens. */
    public boolean signsPeopleIn() {
      return keyTokenTypes().contains(ID_TOKEN);
    }

    /** The same with the API of its administration, for programs of this host. */
    public Domain administeredHere() {
      return with(
          spareSigners, attachedIssuers, purposes, Optional.of(AdministrationEntry.onThisHost()));
    }

    private Domain with(int spares, List<String> attached, List<PurposeEntry> keyPurposes) {
      return with(spares, attached, keyPurposes, administration);
    }

    private Domain with(
        int spares,
        List<String> attached,
        List<PurposeEntry> keyPurposes,
        Optional<AdministrationEntry> administered) {
      return new Domain(
          name,
          issuer,
          listen,
          tenants,
          audiences,
          tokenLife,
          usagePeriod,
          usageReserve,
          propagationWindow,
          acceptGoodTokensRefused,
          keyPurposes,
          release,
          recordLogs,
          pkcs11,
          spares,
          wrappingKey,
          wrappingKeyBefore,
          audienceStreams,
          attached,
          outboundNetworks,
          administered);
    }

    /** Whether a tenant's tokens go out only when a custodian holds their counterfoils. */
    public boolean waitsForCustodians() {
      return release.containsValue(Level.HELD);
    }

    /** Where its authority says whether it is ready: below the issuer's path. */
    public URI ready() {
      return URI.create(
          "http://"
              + listen
              + Optional.ofNullable(issuer.getRawPath()).orElse("")
              + "/health/ready");
    }

    /** The names of its signers, that of the one that issues first. */
    public List<String> signers() {
      return IntStream.rangeClosed(1, 1 + spareSigners).mapToObj(number -> "s" + number).toList();
    }

    /** Token types of all purposes. */
    public List<String> keyTokenTypes() {
      return purposes.isEmpty()
          ? List.of("at+jwt")
          : purposes.stream()
              .flatMap(
                  purpose ->
                      purpose.tokenTypes().isEmpty()
                          ? Stream.of("at+jwt")
                          : purpose.tokenTypes().stream())
              .distinct()
              .toList();
    }

    /** Longest life of a token of any purpose. */
    public Duration keyLifeMax() {
      return purposes.stream()
          .flatMap(purpose -> purpose.lifeMax().stream())
          .max(Comparator.naturalOrder())
          .filter(longest -> longest.compareTo(tokenLife) > 0)
          .orElse(tokenLife);
    }

    List<PurposeEntry> keyPurposes() {
      return purposes.stream()
          .map(
              purpose ->
                  new PurposeEntry(
                      purpose.name(),
                      purpose.tokenTypes(),
                      purpose.algorithms(),
                      purpose.tenants().isEmpty() ? List.of() : withOwnTenant(purpose.tenants()),
                      purpose.audiences().isEmpty()
                          ? List.of()
                          : withOwnAudiences(purpose.audiences()),
                      purpose.lifeMax(),
                      purpose.usagePeriod(),
                      purpose.usageReserve(),
                      purpose.deliveryWindow(),
                      purpose.binding(),
                      purpose.publication(),
                      purpose.statusList(),
                      purpose.claims()))
          .toList();
    }

    List<Door> doors() {
      return recordLogs.isEmpty()
          ? List.of(new Door("d1", List.of("*"), Door.DIGESTS_PER_SECOND))
          : recordLogs;
    }

    /** Tenants that keys may sign for: the domain's, and that of the installation's clients. */
    public List<String> keyTenants() {
      return withOwnTenant(tenants);
    }

    private static List<String> withOwnTenant(List<String> names) {
      return with(names, List.of(OWN_TENANT));
    }

    private List<String> withOwnAudiences(List<String> names) {
      return with(names, List.of("counterfoil-monitor", issuer.toString()));
    }

    /** Audiences that keys may sign for: the domain's, the monitor, and the authority itself. */
    public List<String> keyAudiences() {
      return withOwnAudiences(audiences);
    }

    private static List<String> with(List<String> names, List<String> own) {
      return names.contains("*")
          ? names
          : Stream.concat(names.stream(), own.stream()).distinct().toList();
    }
  }

  private static final String ID_TOKEN = "JWT";

  static final String MONITOR = "counterfoil-monitor";

  /** An installation whose logs the monitor alone cosigns. */
  public InstallationConfiguration(List<Domain> domains, HostPort monitorListen) {
    this(domains, monitorListen, List.of(), 0, Root.TRIAL, Optional.empty());
  }

  public InstallationConfiguration(
      List<Domain> domains,
      HostPort monitorListen,
      List<Cosigner> cosigners,
      int quorum,
      Root root,
      Optional<String> rootPin) {
    this(
        domains,
        monitorListen,
        cosigners,
        quorum,
        root,
        rootPin,
        List.of(),
        MONITOR + "/audit",
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty());
  }

  /** The domain whose people sign in to the console; empty where there is no console. */
  public Optional<Domain> consoleDomain() {
    return console.flatMap(_ -> domains.stream().filter(Domain::signsPeopleIn).findFirst());
  }

  /** The tenant of the installation's own clients. */
  public static final String OWN_TENANT = KeyCeiling.OWN_TENANT;

  public InstallationConfiguration {
    domains = List.copyOf(domains);
    watchers = List.copyOf(watchers);
    cosigners = List.copyOf(cosigners);
    auditCustodians = List.copyOf(auditCustodians);
    notifications = NotificationChannel.distinct(notifications);
    if (cosigners.stream().anyMatch(one -> one.name().equals(MONITOR))) {
      throw new IllegalArgumentException(
          "a cosigner is named " + MONITOR + ", which is the installation's own monitor");
    }
    Set<String> names = new HashSet<>();
    Set<URI> issuers = new HashSet<>();
    Set<HostPort> addresses = new HashSet<>();
    addresses.add(monitorListen);
    for (Domain domain : domains) {
      if (!names.add(domain.name())
          || !issuers.add(domain.issuer())
          || !addresses.add(domain.listen())) {
        throw new IllegalArgumentException(
            "two domains, or one and the monitor, share a name, an issuer or an address");
      }
    }
    if (domains.isEmpty()) {
      throw new IllegalArgumentException("there is no trust domain");
    }
    if (root == Root.EXTERNAL
        && domains.stream().anyMatch(domain -> !domain.attachedIssuers().isEmpty())) {
      throw new IllegalArgumentException(
          "attached-issuers is for the trial root: a root of your own attaches issuers in a"
              + " ceremony (counterfoil root delegate --attach)");
    }
    if (root == Root.TRIAL && rootPin.isPresent()) {
      throw new IllegalArgumentException("root-pin is for root: external");
    }
    rootPin.ifPresent(InstallationConfiguration::pin);
    if (console.isPresent() && domains.stream().noneMatch(Domain::signsPeopleIn)) {
      throw new IllegalArgumentException("console: no domain signs people in (operate/people.md)");
    }
    ResponseEntry.check(response, domains);
    AuditCustodian.check(auditCustodians, domains.stream().map(Domain::name).toList());
    if (!NoteKey.isName(auditLog)) {
      throw new IllegalArgumentException("audit-log: 1 to 255 characters, no space, no plus sign");
    }
  }

  private static RootPin pin(String text) {
    try {
      return RootPin.parse(text);
    } catch (FormatException e) {
      throw new IllegalArgumentException("root-pin: " + e.getMessage(), e);
    }
  }

  /** The version of an external root that counts; empty until it was told. */
  public Optional<RootPin> externalRoot() {
    return rootPin.map(InstallationConfiguration::pin);
  }

  /** A domain by its name. */
  public Domain domain(String name) {
    return domains.stream()
        .filter(domain -> domain.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no domain " + name));
  }
}
