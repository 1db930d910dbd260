package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Meaning;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What people of a tenant write behind the {@code @} of the names with which they sign in. */
public record SignInDomains(
    @Meaning("The tenant.") String tenant,
    @Meaning(
            "Its sign-in domains, such as acme and acme.example: 1 to 8, each of 1 to 60 of a-z 0-9"
                + " . and -. With alice@acme or alice@acme.example its person alice is meant, or"
                + " the one whose username is that.")
        List<String> domains) {
  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9][a-z0-9.-]{0,59}");
  private static final int DOMAINS_MAX = 8;

  public SignInDomains {
    domains = List.copyOf(domains);
    if (domains.isEmpty() || domains.size() > DOMAINS_MAX) {
      throw new IllegalArgumentException("a tenant has 1 to " + DOMAINS_MAX + " sign-in domains");
    }
    for (String domain : domains) {
      if (!DOMAIN.matcher(domain).matches()) {
        throw new IllegalArgumentException(
            "a sign-in domain is 1 to 60 of a-z 0-9 . and -, such as acme.example, and not "
                + domain);
      }
    }
  }

  /** Of each tenant one entry, and of each domain one tenant. */
  static void requireDistinct(List<SignInDomains> all) {
    Set<String> seen = new HashSet<>();
    for (SignInDomains one : all) {
      if (!seen.add("tenant " + one.tenant.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException(
            "tenant " + one.tenant + " stands twice in sign-in-domains");
      }
      for (String domain : one.domains) {
        if (!seen.add("domain " + domain)) {
          throw new IllegalArgumentException(
              "sign-in domain " + domain + " stands twice: it leads to one tenant");
        }
      }
    }
  }
}
