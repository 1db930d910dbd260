package dev.counterfoil.audit.access;

import dev.counterfoil.format.audit.AuditEvent;
import java.util.Optional;

/**
 * Who reports, as his credentials say.
 *
 * @param domain his trust domain
 * @param client his name in it
 * @param tenant the one tenant for which he may report; empty for any of his domain
 */
public record Source(String domain, String client, Optional<String> tenant) {
  /** What our own events are reported by; no client is called so. */
  public static final String AUDITOR = "@auditor";

  /**
   * What an operator brings in for a tenant.
   *
   * @param name where it is from
   * @throws IllegalArgumentException when the names are too long together
   */
  public static Source imported(Fence fence, String name) {
    Source source =
        new Source(
            fence.domain(),
            AuditEvent.IMPORT + fence.tenant() + "/" + name,
            Optional.of(fence.tenant()));
    if (source.name().length() > AuditEvent.NAME_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "domain, tenant and name of an import have at most "
              + (AuditEvent.NAME_LENGTH_MAX - AuditEvent.IMPORT.length() - 2)
              + " characters together");
    }
    return source;
  }

  /** The name under which events are kept: {@code domain/client}. */
  public String name() {
    return domain + "/" + client;
  }

  /**
   * Whether it is a name that no client may report under: the auditor's own, that of an import, or
   * that of the signers, as which issued tokens are shown.
   */
  public boolean isReserved() {
    return client.startsWith("@");
  }

  /** Whether an event of a tenant may come from him. */
  public boolean mayReportFor(String of) {
    return tenant.isEmpty() || tenant.get().equals(of);
  }

  public static Source auditor(String domain) {
    return new Source(domain, AUDITOR, Optional.empty());
  }

  /**
   * Whether a source's name is the auditor's. A client's own name may have slashes, and end as the
   * auditor's does.
   */
  public static boolean isAuditor(String name) {
    return name.equals(domainOf(name) + "/" + AUDITOR);
  }

  /** The domain of a source's name. */
  public static String domainOf(String name) {
    int slash = name.indexOf('/');
    return slash < 0 ? name : name.substring(0, slash);
  }
}
