package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.URI;
import java.util.Optional;

/** The file {@code provider.yaml}: who publishes, and under which address. */
public record ProviderSettings(
    @Meaning(
            "The https address under which the published folder is served, without a slash at the"
                + " end.")
        URI url,
    @Meaning("The publisher's name.") String name,
    @Meaning(
            "An address that belongs to the publisher and does not change, such as"
                + " https://example.com.")
        URI namespace,
    @Meaning("What the publisher is: vendor, coordinator, discoverer, other or user.")
        @Default("vendor")
        String category,
    @Meaning("How to reach the publisher's security people.") Optional<String> contact,
    @Meaning("What entitles the publisher to speak.") Optional<String> authority,
    @Meaning("Whether lists of providers may name this one.") @Default("true") boolean list,
    @Meaning("Whether others may serve copies.") @Default("true") boolean mirror,
    @Meaning("The UUID that the CVE Program gave you, for records of its format.")
        Optional<String> cveOrganization) {

  public ProviderSettings {
    if (!"https".equals(url.getScheme()) || url.getHost() == null || url.toString().endsWith("/")) {
      throw new IllegalArgumentException(
          "url is an https address with a host, and does not end in a slash");
    }
  }

  /** As documents and the provider's metadata carry it. */
  JsonObject publisher() {
    return JsonObject.builder()
        .put("category", category)
        .put("contact_details", contact.orElse(null))
        .put("issuing_authority", authority.orElse(null))
        .put("name", name)
        .put("namespace", namespace.toString())
        .build();
  }

  /** The address of a file below the published folder. */
  String address(String path) {
    return url + "/" + path;
  }
}
