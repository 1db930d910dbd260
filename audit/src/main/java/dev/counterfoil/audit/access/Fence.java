package dev.counterfoil.audit.access;

/**
 * Whose events may be seen: every search is inside of one. A tenant's name means something in its
 * trust domain only.
 *
 * @param domain the trust domain whose sources reported them
 * @param tenant the tenant
 */
public record Fence(String domain, String tenant) {
  public Fence {
    if (domain.isEmpty() || tenant.isEmpty()) {
      throw new IllegalArgumentException("a fence has a domain and a tenant");
    }
  }

  /** The two in one: what a tenant's events are counted under. */
  public String name() {
    return domain + "/" + tenant;
  }
}
