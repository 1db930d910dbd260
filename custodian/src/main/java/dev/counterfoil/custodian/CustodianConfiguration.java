package dev.counterfoil.custodian;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.http.listener.ClientAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the configuration file of a custodian that runs alone says. */
public record CustodianConfiguration(
    @Meaning("Address of the HTTP listener; port 0 lets the system choose.")
        @Default("127.0.0.1:8481")
        HostPort listen,
    @Meaning("Folder of the counterfoils and of the cosigner's key.") @Default(".") Path data,
    @Meaning("Name of the cosigner, which its key contains; best a URL without its scheme.")
        @Default("counterfoil-custodian")
        String cosigner,
    @Meaning("The audience that tokens of tenants and auditors must name.")
        @Default("counterfoil-custodian")
        String audience,
    @Meaning("How long to wait between two checks of a log's published checkpoint.")
        @Default("200ms")
        @Bounds(min = "10ms", max = "1m")
        Duration pollInterval,
    @Meaning(
            "How long the counterfoil of a logged leaf may be missing, and how long a"
                + " log may publish less than it signed for its stream.")
        @Default("10s")
        @Bounds(min = "1s", max = "1h")
        Duration counterfoilWithin,
    @Meaning("How long counterfoils are kept after their tokens have expired.")
        @Default("730d")
        @Bounds(min = "1h", max = "3650d")
        Duration keepCounterfoils,
    @Meaning("Addresses of proxies whose X-Forwarded-For is trusted.") List<String> trustedProxies,
    @Meaning("Trust domains whose logs the custodian holds.") List<Domain> domains,
    @Meaning("Audit logs of monitors that the custodian holds beside them.")
        List<AuditLog> auditLogs,
    @Meaning("Disclosure logs that the custodian holds beside them.")
        List<DisclosureLog> disclosureLogs) {

  /** A trust domain. */
  public record Domain(
      @Meaning("Its name, as in its policy.") String name,
      @Meaning("Its trust policy, which decides whose statements are valid.") Path policy,
      @Meaning("The custodian's client identifier at the domain's issuer.")
          @Default("counterfoil-custodian")
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

  /** An audit log. */
  public record AuditLog(
      @Meaning("The log's key, as in `audit/log.vkey` of its monitor.") String key,
      @Meaning("URL of that monitor.") URI url,
      @Meaning(
              "The domain among `domains` as whose client the custodian fetches the"
                  + " records, and whose clients may have them back.")
          String domain,
      @Meaning("The audience that the monitor's callers must name.") @Default("counterfoil-monitor")
          String audience) {
    public AuditLog {
      parse(key);
      SecureUrl.require("key 'url':", url);
      if (url.toString().endsWith("/")) {
        throw new IllegalArgumentException("key 'url': want no slash at its end");
      }
    }

    /** Its key, which says its origin. */
    NoteKey noteKey() {
      return parse(key);
    }

    private static NoteKey parse(String key) {
      try {
        return NoteKey.parse(key);
      } catch (FormatException e) {
        throw new IllegalArgumentException(
            "key 'key': want the line in audit/log.vkey of the monitor: " + e.getMessage(), e);
      }
    }
  }

  /** A disclosure log. */
  public record DisclosureLog(
      @Meaning("The log's key, which the disclosure process prints when it starts.") String key,
      @Meaning("URL below which the log is published: the process's public address and `/tiles`.")
          URI url,
      @Meaning("The domain among `domains` whose log it is.") String domain) {
    public DisclosureLog {
      var _ = noteKey(key);
      SecureUrl.require("key 'url':", url);
    }

    /** Where it is. */
    DisclosureLogPlace place() {
      return new DisclosureLogPlace(domain, noteKey(key), url);
    }

    private static NoteKey noteKey(String key) {
      try {
        return NoteKey.parse(key);
      } catch (FormatException e) {
        throw new IllegalArgumentException(
            "key 'key': want the line that the disclosure process prints: " + e.getMessage(), e);
      }
    }
  }

  public CustodianConfiguration {
    trustedProxies = List.copyOf(trustedProxies);
    // IllegalArgumentException where one is none.
    var _ = new ClientAddress(trustedProxies);
    auditLogs = List.copyOf(auditLogs);
    disclosureLogs = List.copyOf(disclosureLogs);
    for (DisclosureLog log : disclosureLogs) {
      if (domains.stream().noneMatch(domain -> domain.name().equals(log.domain()))) {
        throw new IllegalArgumentException(
            "key 'disclosure-logs': each 'domain' must be one of 'domains'");
      }
    }
    for (AuditLog log : auditLogs) {
      if (domains.stream().noneMatch(domain -> domain.name().equals(log.domain()))) {
        throw new IllegalArgumentException(
            "key 'audit-logs': each 'domain' must be one of 'domains'");
      }
    }
    // Each is held, and asked for, under its origin.
    Set<String> origins = new HashSet<>();
    for (DisclosureLog log : disclosureLogs) {
      if (!origins.add(log.place().key().name())) {
        throw new IllegalArgumentException(
            "key 'disclosure-logs': two have the origin " + log.place().key().name());
      }
    }
    for (AuditLog log : auditLogs) {
      if (!origins.add(log.noteKey().name())) {
        throw new IllegalArgumentException(
            "key 'audit-logs': two have the origin "
                + log.noteKey().name()
                + ". Give each monitor its own 'audit-log'");
      }
    }
    if (domains.isEmpty()) {
      throw new IllegalArgumentException("key 'domains': at least one trust domain is needed");
    }
    if (domains.stream().map(Domain::name).distinct().count() < domains.size()) {
      throw new IllegalArgumentException("key 'domains': a name is listed twice");
    }
  }
}
