package dev.counterfoil.monitor.watching;

import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which tenants a domain serves, by what its registrar and its record say and no token does: its
 * keys are stated for the tenant, or they are for any and counterfoils of the tenant are held.
 */
public final class TenantsServed {
  private final List<FollowedDomain> domains;

  public TenantsServed(List<FollowedDomain> domains) {
    this.domains = List.copyOf(domains);
  }

  /** Answers about one domain, for one report. */
  public final class Of {
    private final Set<String> named = new HashSet<>();
    private final Optional<FollowedDomain> ofAny;
    private final Map<CustodyLog, Set<Integer>> held = new HashMap<>();

    private Of(String name) {
      boolean isAny = false;
      Optional<FollowedDomain> domain =
          domains.stream().filter(one -> one.name().equals(name)).findFirst();
      Optional<KeySet> keys = domain.flatMap(FollowedDomain::keySet);
      for (KeyStatement key :
          keys.map(all -> Stream.of(all.keys(), all.withdrawnStatements()))
              .orElse(Stream.empty())
              .flatMap(List::stream)
              .toList()) {
        named.addAll(key.tenants().names());
        isAny |= key.tenants().any();
      }
      ofAny = isAny ? domain : Optional.empty();
    }

    /** Whether the domain serves a tenant. */
    public boolean serves(String tenant) throws IOException {
      return named.contains(tenant) || (ofAny.isPresent() && isHeld(ofAny.get(), tenant));
    }

    private boolean isHeld(FollowedDomain domain, String tenant) throws IOException {
      for (LogFollower follower : domain.followers().values()) {
        CustodyLog log = follower.custody();
        Optional<Integer> number = log.names().find(tenant);
        if (number.isEmpty()) {
          continue;
        }
        Set<Integer> tenants = held.get(log);
        if (tenants == null) {
          tenants = log.held().tenantCounts(log.vouchedSize()).keySet();
          held.put(log, tenants);
        }
        if (tenants.contains(number.get())) {
          return true;
        }
      }
      return false;
    }
  }

  /** Of one domain. */
  public Of of(String domain) {
    return new Of(domain);
  }
}
