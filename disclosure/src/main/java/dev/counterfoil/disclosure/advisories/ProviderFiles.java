package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.openpgp.OpenPgpCertificate;
import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All files of a trusted provider (CSAF 2.0, 7): each document with its hashes and its signature,
 * the lists of both kinds of distribution for each TLP label, and the provider's metadata. A
 * function of its input: what did not change keeps its signature.
 */
final class ProviderFiles {
  /** Where the folder of all that is CSAF lies. */
  static final String ROOT = ".well-known/csaf/";

  static final String METADATA = ROOT + "provider-metadata.json";

  private final ProviderSettings provider;
  private final List<CsafDocument> documents;
  private final Map<String, byte[]> before;
  private final OpenPgpKey key;
  private final Instant now;
  private final SortedMap<String, byte[]> files = new TreeMap<>();

  /**
   * @param before the files that are published now, by path
   * @param now when it is published
   */
  ProviderFiles(
      ProviderSettings provider,
      List<CsafDocument> documents,
      Map<String, byte[]> before,
      OpenPgpKey key,
      Instant now) {
    this.provider = provider;
    this.documents =
        documents.stream()
            .sorted(
                Comparator.comparing(CsafDocument::current)
                    .reversed()
                    .thenComparing(CsafDocument::path))
            .toList();
    this.before = Map.copyOf(before);
    this.key = key;
    this.now = now;
  }

  /** The folder of a label's documents, from the top. */
  static String folder(TlpLabel label) {
    return ROOT + label.folder() + "/";
  }

  static String feed(TlpLabel label) {
    return folder(label) + "csaf-feed-tlp-" + label.folder() + ".json";
  }

  /** Their content by path. */
  SortedMap<String, byte[]> files() {
    List<TlpLabel> used = new ArrayList<>();
    for (TlpLabel label : TlpLabel.values()) {
      List<CsafDocument> labelled = documents.stream().filter(d -> d.tlp() == label).toList();
      // The public feed is there from the first day on, for readers to subscribe to.
      if (!labelled.isEmpty() || label.isPublic()) {
        used.add(label);
        labelled.forEach(this::document);
        lists(label, labelled);
      }
    }
    OpenPgpCertificate certificate = key.certificate();
    put(keyPath(), certificate.armored());
    put(METADATA, SortedJson.of(metadata(used)).getBytes(StandardCharsets.UTF_8));
    return files;
  }

  private String keyPath() {
    return ROOT + "openpgp/" + key.certificate().fingerprint() + ".asc";
  }

  private void put(String path, byte[] content) {
    files.put(path, content);
  }

  private void put(String path, String content) {
    put(path, content.getBytes(StandardCharsets.UTF_8));
  }

  private void document(CsafDocument document) {
    String path = folder(document.tlp()) + document.path();
    byte[] bytes = document.bytes();
    put(path, bytes);
    put(path + ".sha256", hash("SHA-256", bytes) + "  " + document.fileName() + "\n");
    put(path + ".sha512", hash("SHA-512", bytes) + "  " + document.fileName() + "\n");
    put(
        path + ".asc",
        Optional.ofNullable(before.get(path + ".asc"))
            .filter(signature -> key.certificate().refusal(bytes, signature, now).isEmpty())
            .orElseGet(() -> key.sign(bytes, now)));
  }

  static String hash(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(algorithm + " is in every JDK", e);
    }
  }

  private void lists(TlpLabel label, List<CsafDocument> labelled) {
    StringBuilder index = new StringBuilder();
    StringBuilder changes = new StringBuilder();
    for (CsafDocument document : labelled) {
      index.append(document.path()).append('\n');
      changes
          .append('"')
          .append(document.path())
          .append("\",\"")
          .append(document.current())
          .append("\"\n");
    }
    put(folder(label) + "index.txt", index.toString());
    put(folder(label) + "changes.csv", changes.toString());
    put(
        feed(label),
        SortedJson.of(JsonObject.builder().put("feed", feed(label, labelled)).build()));
  }

  private JsonObject feed(TlpLabel label, List<CsafDocument> labelled) {
    return JsonObject.builder()
        .put("id", "csaf-feed-tlp-" + label.folder())
        .put("title", "%s: CSAF documents (TLP:%s)".formatted(provider.name(), label))
        .put("link", List.of(link("self", feed(label))))
        .put(
            "category",
            List.of(
                JsonObject.builder()
                    .put("scheme", "urn:ietf:params:rolie:category:information-type")
                    .put("term", "csaf")
                    .build()))
        .put("updated", updated(labelled).toString())
        .put("entry", labelled.stream().map(this::entry).toList())
        .build();
  }

  /** When the newest of them changed; of none, when the key was made for which they wait. */
  private Instant updated(List<CsafDocument> list) {
    return list.isEmpty() ? key.certificate().created() : list.getFirst().current();
  }

  private JsonObject link(String relation, String path) {
    return JsonObject.builder().put("rel", relation).put("href", provider.address(path)).build();
  }

  private JsonObject entry(CsafDocument document) {
    String path = folder(document.tlp()) + document.path();
    return JsonObject.builder()
        .put("id", document.id())
        .put("title", document.title())
        .put("published", document.released().toString())
        .put("updated", document.current().toString())
        .put(
            "content",
            JsonObject.builder()
                .put("src", provider.address(path))
                .put("type", "application/json")
                .build())
        .put(
            "format",
            JsonObject.builder()
                .put("schema", "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json")
                .put("version", "2.0")
                .build())
        .put(
            "link",
            List.of(
                link("self", path),
                link("hash", path + ".sha256"),
                link("hash", path + ".sha512"),
                link("signature", path + ".asc")))
        .build();
  }

  private JsonObject metadata(List<TlpLabel> used) {
    List<JsonObject> distributions = new ArrayList<>();
    for (TlpLabel label : used) {
      distributions.add(
          JsonObject.builder().put("directory_url", provider.address(folder(label))).build());
    }
    distributions.add(
        JsonObject.builder()
            .put(
                "rolie",
                JsonObject.builder()
                    .put(
                        "feeds",
                        used.stream()
                            .map(
                                label ->
                                    JsonObject.builder()
                                        .put("summary", "All documents of TLP:" + label)
                                        .put("tlp_label", label.name())
                                        .put("url", provider.address(feed(label)))
                                        .build())
                            .toList())
                    .build())
            .build());
    return JsonObject.builder()
        .put("canonical_url", provider.address(METADATA))
        .put("distributions", distributions)
        .put("last_updated", updated(documents).toString())
        .put("list_on_CSAF_aggregators", provider.list())
        .put("metadata_version", "2.0")
        .put("mirror_on_CSAF_aggregators", provider.mirror())
        .put(
            "public_openpgp_keys",
            List.of(
                JsonObject.builder()
                    .put("fingerprint", key.certificate().fingerprint())
                    .put("url", provider.address(keyPath()))
                    .build()))
        .put("publisher", provider.publisher())
        .put("role", "csaf_trusted_provider")
        .build();
  }
}
