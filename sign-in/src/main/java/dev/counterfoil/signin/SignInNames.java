package dev.counterfoil.signin;

import dev.counterfoil.directory.Person;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Who is meant by what a person types as a name. A username is one person's in the domain. Where
 * tenants have sign-in domains, people type the part before the {@code @}, which several tenants
 * may have: the tenant is then the one of the client that asks; else the one whose sign-in domain
 * stands behind the {@code @}; else the person is asked for the organisation. Pure: none of it
 * depends on who there is.
 */
final class SignInNames {
  private final Map<String, List<String>> domains = new HashMap<>();
  private final Map<String, String> tenants = new HashMap<>();

  /** As they are written, by the same in lower case: people type them in any. */
  private final Map<String, String> written = new HashMap<>();

  /**
   * The sign-in domains of tenants.
   *
   * @param all by tenant
   */
  SignInNames(Map<String, List<String>> all) {
    all.forEach(
        (tenant, own) -> {
          domains.put(tenant, List.copyOf(own));
          written.put(tenant.toLowerCase(Locale.ROOT), tenant);
          own.forEach(domain -> tenants.put(domain, tenant));
        });
  }

  /**
   * Who may be meant.
   *
   * @param key what attempts are counted under: the same for all ways to type one name
   * @param usernames to look for, the likeliest first
   * @param tenant whose people alone are meant; empty for those of all
   * @param asks whether the person has to say of which organisation they are
   * @param anyCase whether the tenant is as a person typed it, in lower case
   */
  record Meant(
      String key, List<String> usernames, Optional<String> tenant, boolean asks, boolean anyCase) {
    /** Whether a person can be meant. */
    Predicate<Person> isOf() {
      return person ->
          tenant.isEmpty()
              || tenant.get().equals(person.tenant())
              || (anyCase && tenant.get().equalsIgnoreCase(person.tenant()));
    }
  }

  /** Whether people may be asked for their organisation. */
  boolean areThere() {
    return !domains.isEmpty();
  }

  /**
   * Says who is meant.
   *
   * @param typed in lower case
   * @param fixed the tenant of the client that asks; empty where none does
   * @param organisation that was typed: a sign-in domain, or a tenant's name; may be empty
   */
  Meant of(String typed, Optional<String> fixed, String organisation) {
    if (domains.isEmpty()) {
      return new Meant(typed, usernames(List.of(typed)), Optional.empty(), false, false);
    }
    int at = typed.lastIndexOf('@');
    Optional<String> carried =
        at < 1 ? Optional.empty() : Optional.ofNullable(tenants.get(typed.substring(at + 1)));
    Optional<String> said =
        organisation.isEmpty()
            ? Optional.empty()
            : Optional.of(organisation(organisation.toLowerCase(Locale.ROOT)));
    Optional<String> tenant = fixed.or(() -> carried).or(() -> at < 0 ? said : Optional.empty());
    if (tenant.isEmpty()) {
      return new Meant(typed, usernames(List.of(typed)), Optional.empty(), at < 0, false);
    }
    boolean anyCase = fixed.isEmpty() && carried.isEmpty();
    String local = carried.equals(tenant) ? typed.substring(0, at) : typed;
    if (local.indexOf('@') >= 0) {
      // One username, with or without a tenant: the same attempts, or there were twice as many.
      return new Meant(typed, usernames(List.of(typed)), tenant, false, anyCase);
    }
    List<String> names = new ArrayList<>(List.of(typed));
    domains
        .getOrDefault(tenant.get(), List.of())
        .forEach(domain -> names.add(local + "@" + domain));
    names.add(local);
    return new Meant(tenant.get() + " " + local, usernames(names), tenant, false, anyCase);
  }

  private String organisation(String lower) {
    return Optional.ofNullable(tenants.get(lower))
        .orElseGet(() -> written.getOrDefault(lower, lower));
  }

  private static List<String> usernames(List<String> names) {
    Set<String> usernames = new LinkedHashSet<>(names);
    usernames.removeIf(name -> !Person.isUsername(name));
    return List.copyOf(usernames);
  }
}
