package dev.counterfoil.audit;

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

  /** The name under which events are kept: {@code domain/client}. */
  public String name() {
    return domain + "/" + client;
  }

  /**
   * Whether it is a name that no client may report under: the auditor's own, or that of the
   * signers, as which issued tokens are shown.
   */
  boolean isReserved() {
    return client.startsWith("@");
  }

  /** Whether an event of a tenant may come from him. */
  boolean mayReportFor(String of) {
    return tenant.isEmpty() || tenant.get().equals(of);
  }

  static Source auditor(String domain) {
    return new Source(domain, AUDITOR, Optional.empty());
  }

  /**
   * Whether a source's name is the auditor's. A client's own name may have slashes, and end as the
   * auditor's does.
   */
  static boolean isAuditor(String name) {
    return name.equals(domainOf(name) + "/" + AUDITOR);
  }

  /** The domain of a source's name. */
  static String domainOf(String name) {
    int slash = name.indexOf('/');
    return slash < 0 ? name : name.substring(0, slash);
  }
}
