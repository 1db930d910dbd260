package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.disclosure.validation.PublishedSchema;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Publishes all documents at once, or none. What is WHITE goes to a folder for everybody, all else
 * to another one, which a web server must protect.
 *
 * <ol>
 *   <li>Every document is valid, is no draft, and has a name of its own.
 *   <li>None that was published is missing now, and none changed without a greater version.
 *   <li>The files are made, and the provider's metadata is checked against its schema.
 *   <li>The protected folder is replaced, then the public one. A crash between the two leaves a
 *       protected document that the metadata does not name yet; the same command again repairs it.
 * </ol>
 */
public final class AdvisoryPublishing {
  /** Most documents of a provider. */
  public static final int DOCUMENTS_MAX = 10_000;

  /**
   * What came of it.
   *
   * @param refusals why nothing was published; none where it was
   * @param changed the paths of documents that are new or have another content
   * @param documents how many documents are published now
   */
  public record Outcome(List<String> refusals, List<String> changed, int documents) {}

  private final ProviderSettings provider;
  private final OpenPgpKey key;
  private final Path publicFolder;
  private final Path protectedFolder;

  public AdvisoryPublishing(
      ProviderSettings provider, OpenPgpKey key, Path publicFolder, Path protectedFolder) {
    this.provider = provider;
    this.key = key;
    this.publicFolder = publicFolder;
    this.protectedFolder = protectedFolder;
  }

  /**
   * Publishes.
   *
   * @param sources all documents that count, by the name of their file
   */
  public Outcome publish(Map<String, byte[]> sources, Instant now) throws IOException {
    List<String> refusals = new ArrayList<>();
    key.unusable(now).ifPresent(refusals::add);
    if (sources.size() > DOCUMENTS_MAX) {
      refusals.add("there are more than " + DOCUMENTS_MAX + " documents");
    }
    SortedMap<String, CsafDocument> documents = new TreeMap<>();
    for (Map.Entry<String, byte[]> source : sources.entrySet()) {
      try {
        List<Fault> faults = CsafCheck.faults(source.getValue());
        faults.forEach(fault -> refusals.add(source.getKey() + ": " + fault));
        CsafDocument document = CsafDocument.parse(source.getValue());
        if (document.isDraft()) {
          refusals.add(source.getKey() + ": is a draft; set its status to interim or final");
        }
        String path = ProviderFiles.folder(document.tlp()) + document.path();
        if (documents.put(path, document) != null) {
          refusals.add(source.getKey() + ": another document has the same id");
        }
      } catch (FormatException e) {
        refusals.add(source.getKey() + ": " + e.getMessage());
      }
    }
    try (SiteFolder open = SiteFolder.open(publicFolder);
        SiteFolder closed = SiteFolder.open(protectedFolder)) {
      SortedMap<String, byte[]> before = new TreeMap<>(open.read());
      before.putAll(closed.read());
      List<String> changed = changes(before, documents, refusals);
      if (!refusals.isEmpty()) {
        return new Outcome(List.copyOf(refusals), List.of(), 0);
      }
      SortedMap<String, byte[]> files =
          new ProviderFiles(provider, List.copyOf(documents.values()), before, key, now).files();
      List<Fault> faults =
          PublishedSchema.CSAF_PROVIDER.faults(
              new String(files.get(ProviderFiles.METADATA), StandardCharsets.UTF_8));
      if (!faults.isEmpty()) {
        return new Outcome(
            faults.stream().map(fault -> "provider.yaml: " + fault).toList(), List.of(), 0);
      }
      SortedMap<String, byte[]> hidden = new TreeMap<>();
      for (TlpLabel label : TlpLabel.values()) {
        if (!label.isPublic()) {
          SortedMap<String, byte[]> part = files.subMap(folder(label), folder(label) + "\uffff");
          hidden.putAll(part);
          part.clear();
        }
      }
      closed.publish(hidden);
      open.publish(files);
      return new Outcome(List.of(), changed, documents.size());
    }
  }

  private static String folder(TlpLabel label) {
    return ProviderFiles.folder(label);
  }

  private static List<String> changes(
      Map<String, byte[]> before, Map<String, CsafDocument> now, List<String> refusals) {
    List<String> changed = new ArrayList<>();
    for (Map.Entry<String, byte[]> published : before.entrySet()) {
      if (before.containsKey(published.getKey() + ".sha512")
          && !now.containsKey(published.getKey())) {
        refusals.add(
            published.getKey()
                + ": was published and is missing now; publish a new version that withdraws it");
      }
    }
    now.forEach(
        (path, document) -> {
          byte[] was = before.get(path);
          if (was == null) {
            changed.add(path);
          } else if (!Arrays.equals(was, document.bytes())) {
            changed.add(path);
            try {
              CsafDocument old = CsafDocument.parse(was);
              if (DocumentVersion.of(old.version())
                      .compareTo(DocumentVersion.of(document.version()))
                  >= 0) {
                refusals.add(
                    path
                        + ": version "
                        + old.version()
                        + " was published with another content; a change needs a greater version");
              }
            } catch (FormatException e) {
              refusals.add(path + ": what is published there cannot be read: " + e.getMessage());
            }
          }
        });
    return changed;
  }
}
