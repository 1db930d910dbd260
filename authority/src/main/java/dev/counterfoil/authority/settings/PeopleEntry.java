package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.http.listener.AddressRange;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The people of a domain, and how they sign in. */
public record PeopleEntry(
    @Meaning(
            "The directory of people, an SQLite database, created at the first start. Sessions and"
                + " the key of the cookies are kept beside it.")
        Path database,
    @Meaning("Whose pages they are, as people know it. Without: the issuer's host.")
        Optional<String> brand,
    @Meaning("How long a session lasts. After that a person signs in again.")
        @Default("12h")
        @Bounds(min = "5m", max = "30d")
        Duration sessionLife,
    @Meaning(
            "How long a recovery waits before its link holds. Meanwhile the person sees it, and can"
                + " stop it.")
        @Default("24h")
        @Bounds(min = "1h", max = "30d")
        Duration recoveryDelay,
    @Meaning(
            "Whether people may choose a password. Passkeys need no setting, and an issuer whose"
                + " host is a name.")
        @Default("true")
        boolean passwords,
    @Meaning(
            "Networks of your own, such as 10.0.0.0/8, in which addresses of clients may lie that"
                + " this process sends to, such as for back-channel logout. Without: public"
                + " addresses alone.")
        List<String> outboundNetworks,
    @Meaning("Other OpenID providers at which people sign in.") List<UpstreamEntry> upstreams,
    @Meaning(
            "Tenants whose people sign in with names that other tenants have too. Then a name"
                + " without @ belongs to the tenant of the application, or to the organisation for"
                + " which the page asks.")
        List<SignInDomains> signInDomains,
    @Meaning(
            "The host whose passkeys people use, such as acme.example above login.acme.example, or a"
                + " host at which the issuer was before, which names this origin among its related"
                + " origins. Never change it once people have passkeys. Without: the issuer's host.")
        Optional<String> passkeyHost,
    @Meaning(
            "Other origins, such as https://login.acme.example, at which passkeys of this issuer's"
                + " host may be used: /.well-known/webauthn names them to browsers. Who serves one"
                + " of them can ask people for these passkeys.")
        List<URI> relatedOrigins) {
  private static final int BRAND_MAX = 60;

  private static final int NETWORKS_MAX = 64;
  private static final int ORIGINS_MAX = 50;
  private static final Pattern HOST =
      Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");
  private static final Pattern IP = Pattern.compile("[0-9.]+");

  public PeopleEntry {
    upstreams = List.copyOf(upstreams);
    signInDomains = List.copyOf(signInDomains);
    SignInDomains.requireDistinct(signInDomains);
    relatedOrigins = List.copyOf(relatedOrigins);
    if (relatedOrigins.size() > ORIGINS_MAX) {
      throw new IllegalArgumentException("related-origins has at most " + ORIGINS_MAX + " entries");
    }
    relatedOrigins.forEach(PeopleEntry::requireOrigin);
    if (passkeyHost.isPresent()
        && (!HOST.matcher(passkeyHost.get()).matches()
            || IP.matcher(passkeyHost.get()).matches())) {
      throw new IllegalArgumentException(
          "passkey-host is a host's name in lower case, such as acme.example, and no IP address");
    }
    outboundNetworks = List.copyOf(outboundNetworks);
    if (outboundNetworks.size() > NETWORKS_MAX) {
      throw new IllegalArgumentException(
          "outbound-networks has at most " + NETWORKS_MAX + " entries");
    }
    var _ = ranges(outboundNetworks);
    if (brand.isPresent()
        && (brand.get().isBlank()
            || brand.get().length() > BRAND_MAX
            || brand.get().chars().anyMatch(Character::isISOControl))) {
      throw new IllegalArgumentException(
          "brand has 1 to " + BRAND_MAX + " characters and no control characters");
    }
  }

  /** People in a file, by the default settings. */
  public static PeopleEntry in(Path database) {
    return new PeopleEntry(
        database,
        Optional.empty(),
        Duration.ofHours(12),
        Duration.ofHours(24),
        true,
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        List.of());
  }

  /** Where events wait that are to be sent, in the same folder. */
  public Path signals() {
    return database.resolveSibling("signals.db");
  }

  private static void requireOrigin(URI origin) {
    boolean isOrigin =
        "https".equals(origin.getScheme())
            && origin.getHost() != null
            && HOST.matcher(origin.getHost()).matches()
            && origin.getRawPath().isEmpty()
            && origin.getRawUserInfo() == null
            && origin.getRawQuery() == null
            && origin.getRawFragment() == null;
    if (!isOrigin) {
      throw new IllegalArgumentException(
          "related-origins has origins such as https://login.acme.example: https, a host's name in"
              + " lower case, perhaps a port, and nothing behind, not "
              + origin);
    }
  }

  /** What stands behind the {@code @} of people's names, by tenant. */
  public Map<String, List<String>> domainsOfTenants() {
    return signInDomains.stream()
        .collect(Collectors.toMap(SignInDomains::tenant, SignInDomains::domains));
  }

  /** Where this process may send what it sends to addresses of clients, beside public ones. */
  public List<AddressRange> outbound() {
    return ranges(outboundNetworks);
  }

  private static List<AddressRange> ranges(List<String> texts) {
    return texts.stream().map(text -> AddressRange.parse("outbound-networks", text)).toList();
  }
}
