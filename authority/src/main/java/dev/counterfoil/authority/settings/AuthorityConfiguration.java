package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.signerprotocol.SignerName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The configuration of the authority's process.
 *
 * @param domains the trust domains that it serves
 */
public record AuthorityConfiguration(
    @Meaning("The trust domains that this process serves, each on its own listener.")
        List<Domain> domains) {
  /** Most domains of one process. */
  static final int DOMAINS_MAX = 64;

  /** Most cosigners of one domain. */
  static final int COSIGNERS_MAX = 32;

  /** Most spares of one domain. */
  static final int SPARES_MAX = 7;

  /**
   * A warm spare.
   *
   * @param name as in its own configuration
   * @param socket its service socket
   */
  public record SpareSigner(
      @Meaning("Its name, as in its own configuration: s2, for example.") String name,
      @Meaning("Its service socket.") UnixSocketPath socket) {
    public SpareSigner {
      SignerName.check(name);
    }
  }

  /**
   * One trust domain. Two domains share nothing but the process.
   *
   * @param name its name
   * @param issuer its issuer URL
   * @param listen where it listens
   * @param signerSocket service socket of its signer
   * @param spareSigners signers that issue when it cannot, in this order
   * @param registrarSocket service socket of its registrar
   * @param adminSocket where the command line manages its clients
   * @param adminUsers Unix users that may, beside the one that runs the authority
   * @param policy its trust policy
   * @param logFolder the read sides of its logs
   * @param database its client store
   * @param pepper the key of the hashes of client secrets
   * @param postgresql where people and clients are kept instead of in files
   * @param peers other authorities of the domain
   * @param people its people; empty where nobody signs in
   * @param administration beside the admin socket; empty for nothing
   * @param defaultAudiences audiences for clients that may have several and name none
   * @param tokenLife life of tokens
   * @param trustedProxies addresses of proxies
   * @param connectionsMax most connections at one time
   * @param readTimeout longest time for a request to arrive
   * @param monitorUrl where sightings are reported
   * @param monitorWatch how it is watched; empty for the defaults
   * @param ownTenant tenant of the authority's own token
   * @param cosigners who cosigns its logs
   * @param audienceStreams audiences whose leaves can be received by themselves
   * @param watchers who besides this host reads its figures
   */
  public record Domain(
      @Meaning("Name of the trust domain.") String name,
      @Meaning("Issuer URL: the iss of every token, and the prefix of every URL served.")
          URI issuer,
      @Meaning(
              "Address to listen on. The issuer's path counts; its host may be that of"
                  + " a proxy in front.")
          HostPort listen,
      @Meaning("The service socket of the issuing signer, which is named s1.")
          UnixSocketPath signerSocket,
      @Meaning("Warm spares: signers that issue, in this order, when the first one cannot.")
          List<SpareSigner> spareSigners,
      @Meaning("The registrar's service socket.") UnixSocketPath registrarSocket,
      @Meaning("The socket on which the command line manages clients.") UnixSocketPath adminSocket,
      @Meaning("Unix users that may manage clients, besides the one that runs the authority.")
          List<String> adminUsers,
      @Meaning("The domain's trust policy.") Path policy,
      @Meaning("Folder of the logs' read sides, which the signer writes.") Path logFolder,
      @Meaning("The client store, an SQLite database, created at the first start.") Path database,
      @Meaning(
              "The key of the hashes of client secrets, created at the first start and never"
                  + " again.")
          Path pepper,
      @Meaning(
              "A PostgreSQL in which people and clients are kept, instead of in SQLite databases:"
                  + " `database` and `people.database` then name the folders of what stays here.")
          Optional<PostgresEntry> postgresql,
      @Meaning("The other authorities of the domain, which share `postgresql` with this one.")
          Optional<PeersEntry> peers,
      @Meaning("The people who sign in. Without: nobody signs in, and there are no pages for it.")
          Optional<PeopleEntry> people,
      @Meaning("How the domain is administered beside the admin socket. Without: not at all.")
          Optional<AdministrationEntry> administration,
      @Meaning(
              "Audiences to try, in order, for a client that may have several and"
                  + " names none in its request.")
          List<String> defaultAudiences,
      @Meaning("Lifetime of access tokens of clients that are registered without one.")
          @Default("10m")
          @Bounds(min = "1s", max = "1d")
          Duration tokenLife,
      @Meaning("Addresses of proxies whose X-Forwarded-For is trusted.")
          List<String> trustedProxies,
      @Meaning("Most connections at one time.") @Default("4096") @Bounds(min = "1", max = "100000")
          int connectionsMax,
      @Meaning(
              "Longest time for a request to arrive and be answered, and for a"
                  + " connection to be idle between two requests.")
          @Default("30s")
          @Bounds(min = "10s", max = "5m")
          Duration readTimeout,
      @Meaning(
              "The monitor. Services report sightings to it, and the authority reports"
                  + " introspected tokens to it.")
          Optional<URI> monitorUrl,
      @Meaning("How the authority watches that monitor, and where it pages when it is silent.")
          Optional<MonitorWatchEntry> monitorWatch,
      @Meaning("Tenant of the token with which the authority reports to the monitor.")
          @Default("counterfoil")
          String ownTenant,
      @Meaning("Witnesses and custodians that cosign the domain's logs.")
          List<CosignerEntry> cosigners,
      @Meaning(
              "Audiences, 32 at most, whose services may receive only the leaves of"
                  + " their own tokens. Any reader of the log then sees which of its"
                  + " positions are whose.")
          List<String> audienceStreams,
      @Meaning(
              "Addresses and ranges, such as `10.0.0.0/8`, that may read `/metrics` besides this host.")
          List<String> watchers) {
    public Domain {
      adminUsers = List.copyOf(adminUsers);
      defaultAudiences = List.copyOf(defaultAudiences);
      trustedProxies = List.copyOf(trustedProxies);
      cosigners = List.copyOf(cosigners);
      spareSigners = List.copyOf(spareSigners);
      audienceStreams = List.copyOf(audienceStreams);
      watchers = List.copyOf(watchers);
      if (peers.isPresent() && (postgresql.isEmpty() || people.isEmpty())) {
        throw new IllegalArgumentException(
            "key 'peers': several authorities share people and clients, so want 'postgresql' and"
                + " 'people' too");
      }
      // IllegalArgumentException where one is none.
      Watchers.of(watchers);
      var _ = new ClientAddress(trustedProxies);
      if (spareSigners.size() > SPARES_MAX
          || spareSigners.stream().map(SpareSigner::name).distinct().count() < spareSigners.size()
          || spareSigners.stream().anyMatch(spare -> spare.name().equals(SignerName.FIRST))) {
        throw new IllegalArgumentException(
            "spare-signers has at most "
                + SPARES_MAX
                + " entries, each of a name of its own and none s1");
      }
      if (audienceStreams.size() > AudienceMarks.AUDIENCES_MAX
          || audienceStreams.stream().distinct().count() < audienceStreams.size()) {
        throw new IllegalArgumentException(
            "audience-streams has at most "
                + AudienceMarks.AUDIENCES_MAX
                + " entries, each of them once");
      }
      if (cosigners.size() > COSIGNERS_MAX
          || cosigners.stream().map(CosignerEntry::name).distinct().count() < cosigners.size()) {
        throw new IllegalArgumentException(
            "cosigners has at most " + COSIGNERS_MAX + " entries, each of a name of its own");
      }
      // RFC 8414 2: no query, no fragment; a slash at the end would stand twice in every URL.
      SecureUrl.require("issuer", issuer);
      if (issuer.toString().endsWith("/")) {
        throw new IllegalArgumentException("issuer is a URL without a slash at its end");
      }
      monitorUrl.ifPresent(url -> SecureUrl.require("monitor-url", url));
    }

    /** Where clients are kept. */
    public TablePlace clientTables() {
      return postgresql.map(PostgresEntry::place).orElseGet(() -> new TablePlace.File(database));
    }

    /** Where people are kept. */
    public TablePlace peopleTables(PeopleEntry entry) {
      return postgresql
          .map(PostgresEntry::place)
          .orElseGet(() -> new TablePlace.File(entry.database()));
    }

    /** A URL below the issuer. */
    public URI url(String path) {
      return URI.create(issuer + path);
    }

    /** The issuer's path, empty or starting with a slash. */
    public String path() {
      String path = issuer.getRawPath();
      return path == null ? "" : path;
    }
  }

  public AuthorityConfiguration {
    domains = List.copyOf(domains);
    if (domains.isEmpty() || domains.size() > DOMAINS_MAX) {
      throw new IllegalArgumentException("domains has 1 to " + DOMAINS_MAX + " entries");
    }
    Set<Object> own = new HashSet<>();
    for (Domain domain : domains) {
      if (domain.people.isPresent() && !own.add("people " + domain.people.get().database())) {
        throw new IllegalArgumentException("two domains have the same people");
      }
      if (domain.postgresql.isPresent()
          && !own.add("postgresql " + domain.postgresql.get().address())) {
        throw new IllegalArgumentException("two domains have the same postgresql");
      }
      for (Object part :
          List.of(
              "name " + domain.name,
              "issuer " + domain.issuer,
              "signer-socket " + domain.signerSocket,
              "registrar-socket " + domain.registrarSocket,
              "admin-socket " + domain.adminSocket,
              "log-folder " + domain.logFolder,
              "database " + domain.database,
              "pepper " + domain.pepper)) {
        if (!own.add(part)) {
          throw new IllegalArgumentException("two domains have the same " + part);
        }
      }
    }
  }
}
