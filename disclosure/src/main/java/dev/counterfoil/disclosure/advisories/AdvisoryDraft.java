package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** A first draft of a document, valid as it stands, whose sentences wait to be written. */
public final class AdvisoryDraft {
  private static final String PRODUCT = "service";

  private AdvisoryDraft() {}

  /**
   * A draft of one profile.
   *
   * @param id the document's id, which never changes
   * @param now when it is made, to the second
   */
  public static byte[] of(
      Profile profile,
      String id,
      String title,
      ProviderSettings provider,
      TlpLabel tlp,
      Instant now) {
    String date = now.truncatedTo(ChronoUnit.SECONDS).toString();
    JsonObject document =
        JsonObject.builder()
            .put("category", profile.category())
            .put("csaf_version", "2.0")
            .put(
                "distribution",
                object("tlp", JsonObject.builder().put("label", tlp.name()).build()))
            .put("lang", "en")
            .put("notes", List.of(note("summary", "What is known", "Write here what is known.")))
            .put("publisher", provider.publisher())
            .put(
                "references",
                List.of(
                    JsonObject.builder()
                        .put("category", "external")
                        .put("summary", "The public statement, with the state of each claim")
                        .put("url", provider.address("statements/" + id))
                        .build(),
                    JsonObject.builder()
                        .put("category", "self")
                        .put("summary", "This document")
                        .put("url", provider.address(path(id, tlp, now)))
                        .build()))
            .put("title", title)
            .put(
                "tracking",
                JsonObject.builder()
                    .put("current_release_date", date)
                    .put("id", id)
                    .put("initial_release_date", date)
                    .put(
                        "revision_history",
                        List.of(
                            JsonObject.builder()
                                .put("date", date)
                                .put("number", "1")
                                .put("summary", "First version.")
                                .build()))
                    .put("status", "draft")
                    .put("version", "1")
                    .build())
            .build();
    JsonObject.Builder all = JsonObject.builder().put("document", document);
    if (profile.isOneOf(Profile.SECURITY_ADVISORY, Profile.VEX)) {
      all.put("product_tree", productTree(provider))
          .put("vulnerabilities", List.of(vulnerability(id, provider.name())));
    }
    return SortedJson.of(all.build()).getBytes(StandardCharsets.UTF_8);
  }

  private static String path(String id, TlpLabel tlp, Instant now) {
    return ProviderFiles.folder(tlp)
        + now.atOffset(ZoneOffset.UTC).getYear()
        + "/"
        + CsafDocument.fileName(id);
  }

  private static JsonObject object(String name, JsonObject value) {
    return JsonObject.builder().put(name, value).build();
  }

  private static JsonObject note(String category, String title, String text) {
    return JsonObject.builder()
        .put("category", category)
        .put("text", text)
        .put("title", title)
        .build();
  }

  private static JsonObject productTree(ProviderSettings provider) {
    String vendor = provider.name();
    return JsonObject.builder()
        .put(
            "branches",
            List.of(
                JsonObject.builder()
                    .put("category", "vendor")
                    .put("name", vendor)
                    .put(
                        "branches",
                        List.of(
                            JsonObject.builder()
                                .put("category", "product_name")
                                .put("name", "Token service")
                                .put(
                                    "product",
                                    JsonObject.builder()
                                        .put("name", vendor + " token service")
                                        .put("product_id", PRODUCT)
                                        .put("product_identification_helper", helper(provider))
                                        .build())
                                .build()))
                    .build()))
        .build();
  }

  private static JsonObject helper(ProviderSettings provider) {
    return JsonObject.builder()
        .put(
            "x_generic_uris",
            List.of(
                JsonObject.builder()
                    .put("namespace", provider.namespace().toString())
                    .put("uri", provider.url().toString())
                    .build()))
        .build();
  }

  private static JsonObject vulnerability(String id, String vendor) {
    return JsonObject.builder()
        .put(
            "ids", List.of(JsonObject.builder().put("system_name", vendor).put("text", id).build()))
        .put("notes", List.of(note("description", "What is wrong", "Write here what is wrong.")))
        .put(
            "product_status",
            JsonObject.builder().put("under_investigation", List.of(PRODUCT)).build())
        .put(
            "remediations",
            List.of(
                JsonObject.builder()
                    .put("category", "none_available")
                    .put("details", "Write here what to do until there is a fix.")
                    .put("product_ids", List.of(PRODUCT))
                    .build()))
        .put("title", "Under investigation")
        .build();
  }
}
