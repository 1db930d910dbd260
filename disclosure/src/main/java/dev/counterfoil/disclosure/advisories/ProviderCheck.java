package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.advisories.ProviderReport.Requirement;
import dev.counterfoil.disclosure.advisories.ProviderReport.Verdict;
import dev.counterfoil.disclosure.openpgp.OpenPgpCertificate;
import dev.counterfoil.disclosure.validation.PublishedSchema;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Reads what a provider publishes, as a stranger does, and says which requirements of CSAF 2.0,
 * 7.1, it meets. Signature and hash of a document are checked before it is parsed (7.3).
 */
public final class ProviderCheck {
  /** Most documents that are read. */
  public static final int DOCUMENTS_MAX = 1_000;

  private static final int LIST_BYTES_MAX = 4 << 20;
  private static final int HASH_BYTES_MAX = 4096;
  private static final int WHY_MAX = 20;

  private final ProviderSource source;
  private final URI metadataAddress;
  private final Instant now;
  private final Map<Integer, List<String>> wrong = new TreeMap<>();
  private final Map<Integer, String> unchecked = new TreeMap<>();
  private final List<OpenPgpCertificate> keys = new ArrayList<>();
  private final Map<URI, Optional<CsafDocument>> documents = new LinkedHashMap<>();

  /**
   * @param metadataAddress of the {@code provider-metadata.json}
   */
  public ProviderCheck(ProviderSource source, URI metadataAddress, Instant now) {
    this.source = source;
    this.metadataAddress = metadataAddress;
    this.now = now;
  }

  /**
   * Looks at everything.
   *
   * @throws IOException where the provider's metadata cannot be read
   * @throws FormatException where it is no JSON object
   */
  public ProviderReport report() throws IOException, FormatException {
    byte[] bytes = source.get(metadataAddress, LIST_BYTES_MAX);
    JsonObject metadata = StrictJson.object(bytes, LIST_BYTES_MAX);
    PublishedSchema.CSAF_PROVIDER
        .faults(new String(bytes, StandardCharsets.UTF_8))
        .forEach(fault -> fail(7, fault.toString()));
    if (wrong.containsKey(7)) {
      IntStream.rangeClosed(1, ProviderReport.TITLES.size())
          .forEach(one -> unchecked.put(one, "the metadata is not valid"));
    } else {
      look(metadata);
      if (documents.isEmpty()) {
        List.of(1, 2, 4, 18, 19).forEach(one -> unchecked.put(one, "there is no document"));
      }
    }
    List<Requirement> requirements =
        IntStream.rangeClosed(1, ProviderReport.TITLES.size()).mapToObj(this::requirement).toList();
    return new ProviderReport(documents.size(), requirements);
  }

  private Requirement requirement(int number) {
    String title = ProviderReport.TITLES.get(number - 1);
    List<String> why = wrong.get(number);
    String open = unchecked.get(number);
    if (why != null) {
      return new Requirement(number, title, Verdict.NOT_MET, List.copyOf(why));
    }
    return open != null
        ? new Requirement(number, title, Verdict.NOT_CHECKED, List.of(open))
        : new Requirement(number, title, Verdict.MET, List.of());
  }

  private void fail(int requirement, String why) {
    List<String> all = wrong.computeIfAbsent(requirement, number -> new ArrayList<>());
    if (all.size() < WHY_MAX) {
      all.add(why);
    }
  }

  private Optional<byte[]> get(int requirement, URI address, int bytesMax) {
    if (!"https".equals(address.getScheme())) {
      fail(3, address + " is not https");
    }
    try {
      return Optional.of(source.get(address, bytesMax));
    } catch (IOException e) {
      fail(requirement, address + " cannot be read");
      return Optional.empty();
    }
  }

  private void look(JsonObject metadata) throws FormatException {
    URI canonical = URI.create(metadata.string("canonical_url"));
    if (!canonical.getPath().equals("/" + ProviderFiles.METADATA)) {
      fail(9, "its canonical address is " + canonical);
    }
    securityText(canonical);
    unchecked.put(10, "no name is looked up");
    unchecked.put(14, "this depends on the web server");
    unchecked.put(16, "optional");
    unchecked.put(17, "optional");
    CsafMembers all = new CsafMembers("", metadata);
    for (CsafMembers key : all.objects("public_openpgp_keys")) {
      key(key);
    }
    if (keys.isEmpty()) {
      fail(20, "there is no key");
    }
    List<URI> directories = new ArrayList<>();
    List<CsafMembers> feeds = new ArrayList<>();
    for (CsafMembers distribution : all.objects("distributions")) {
      distribution.text("directory_url").ifPresent(url -> directories.add(URI.create(url)));
      feeds.addAll(distribution.inner("rolie").objects("feeds"));
    }
    boolean isProtectedThere = false;
    boolean isPublicThere = false;
    for (CsafMembers feed : feeds) {
      String label = feed.text("tlp_label").orElse("UNLABELED");
      URI address = URI.create(feed.text("url").orElseThrow());
      boolean mustBeProtected = label.equals("AMBER") || label.equals("RED");
      boolean isReadable = isReadable(address);
      isProtectedThere |= mustBeProtected;
      if (mustBeProtected && isReadable) {
        fail(5, address + " is given to everybody");
      }
      if (mustBeProtected || (label.equals("GREEN") && !isReadable)) {
        directories.removeIf(directory -> address.toString().startsWith(directory.toString()));
      } else {
        isPublicThere = true;
        feed(address);
      }
    }
    if (!isProtectedThere) {
      unchecked.put(5, "there is no feed of TLP:AMBER or TLP:RED");
    }
    if (!isPublicThere) {
      fail(15, "there is no feed for everybody");
    }
    if (directories.isEmpty()) {
      List.of(11, 12, 13).forEach(number -> fail(number, "there is no directory for everybody"));
    }
    directories.forEach(this::directory);
  }

  private boolean isReadable(URI address) {
    try {
      return source.get(address, LIST_BYTES_MAX).length > 0;
    } catch (IOException e) {
      return false;
    }
  }

  private void securityText(URI canonical) {
    URI address = canonical.resolve("/.well-known/security.txt");
    try {
      String text = new String(source.get(address, 1 << 16), StandardCharsets.UTF_8);
      if (text.lines().noneMatch(line -> line.strip().equals("CSAF: " + canonical))) {
        fail(8, "it has no line CSAF: " + canonical);
      }
    } catch (IOException e) {
      fail(8, address + " cannot be read");
    }
  }

  private void key(CsafMembers key) {
    URI address = URI.create(key.text("url").orElseThrow());
    Optional<byte[]> bytes = get(20, address, OpenPgpCertificate.BYTES_MAX);
    if (bytes.isEmpty()) {
      return;
    }
    try {
      OpenPgpCertificate certificate = OpenPgpCertificate.parse(bytes.get());
      if (!certificate.fingerprint().equalsIgnoreCase(key.text("fingerprint").orElse(""))) {
        fail(20, address + " has another fingerprint");
      }
      keys.add(certificate);
    } catch (FormatException e) {
      fail(20, address + " " + e.getMessage());
    }
  }

  private void feed(URI address) {
    Optional<byte[]> bytes = get(15, address, LIST_BYTES_MAX);
    if (bytes.isEmpty()) {
      return;
    }
    try {
      CsafMembers feed =
          new CsafMembers("", StrictJson.object(bytes.get(), LIST_BYTES_MAX)).inner("feed");
      if (feed.objects("category").stream()
          .noneMatch(category -> category.text("term").orElse("").equals("csaf"))) {
        fail(15, address + " is no feed of CSAF documents");
      }
      for (CsafMembers entry : feed.objects("entry")) {
        document(entry.inner("content").text("src").orElse(""), address)
            .filter(document -> !entry.text("id").orElse("").equals(document.id()))
            .ifPresent(
                document -> fail(15, address + " names another document than " + document.id()));
      }
    } catch (FormatException e) {
      fail(15, address + ": " + e.getMessage());
    }
  }

  /** A document that a list names, relative to it; read once. */
  private Optional<CsafDocument> document(String target, URI list) {
    URI address;
    try {
      address = list.resolve(target);
    } catch (IllegalArgumentException e) {
      fail(1, list + " names something that is no address");
      return Optional.empty();
    }
    Optional<CsafDocument> known = documents.get(address);
    if (known != null) {
      return known;
    }
    if (documents.size() >= DOCUMENTS_MAX) {
      fail(1, "there are more than " + DOCUMENTS_MAX + " documents, and the rest was not read");
      return Optional.empty();
    }
    Optional<CsafDocument> read =
        get(4, address, CsafDocument.BYTES_MAX).flatMap(bytes -> check(address, bytes));
    documents.put(address, read);
    return read;
  }

  private Optional<CsafDocument> check(URI address, byte[] bytes) {
    List<Boolean> hashes = new ArrayList<>();
    hash(address + ".sha256", "SHA-256", bytes).ifPresent(hashes::add);
    hash(address + ".sha512", "SHA-512", bytes).ifPresent(hashes::add);
    if (hashes.isEmpty() || hashes.contains(false)) {
      fail(18, address + (hashes.isEmpty() ? " has no hash" : ": a hash is of another content"));
    }
    get(19, URI.create(address + ".asc"), OpenPgpCertificate.SIGNATURE_BYTES_MAX)
        .ifPresent(
            signature -> {
              if (keys.stream().noneMatch(key -> key.refusal(bytes, signature, now).isEmpty())) {
                fail(19, address + ".asc does not verify with a key of the provider");
              }
            });
    try {
      CsafCheck.faults(bytes).forEach(fault -> fail(1, address + "  " + fault));
      CsafDocument document = CsafDocument.parse(bytes);
      if (!address.getPath().endsWith("/" + document.fileName())) {
        fail(2, address + " would be " + document.fileName());
      }
      if (!address.getPath().endsWith("/" + document.path())) {
        fail(11, address + " would be " + document.path());
      }
      if (!document.tlp().isPublic() && document.tlp() != TlpLabel.GREEN) {
        fail(5, address + " is given to everybody");
      }
      return Optional.of(document);
    } catch (FormatException e) {
      fail(1, address + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Whether a hash is that of the bytes; empty where there is none. */
  private Optional<Boolean> hash(String address, String algorithm, byte[] bytes) {
    try {
      String text =
          new String(source.get(URI.create(address), HASH_BYTES_MAX), StandardCharsets.UTF_8);
      return Optional.of(
          text.split("\\s", 2)[0].equalsIgnoreCase(ProviderFiles.hash(algorithm, bytes)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private void directory(URI directory) {
    Set<String> indexed = new LinkedHashSet<>();
    get(12, directory.resolve("index.txt"), LIST_BYTES_MAX)
        .ifPresent(
            bytes -> new String(bytes, StandardCharsets.UTF_8).lines().forEach(indexed::add));
    for (String path : indexed) {
      document(path, directory);
    }
    documents.forEach(
        (address, document) -> {
          String path = directory.relativize(address).toString();
          if (!path.startsWith("https:") && !indexed.contains(path)) {
            fail(12, "index.txt lacks " + path);
          }
        });
    changes(directory, indexed);
  }

  private void changes(URI directory, Set<String> indexed) {
    Optional<byte[]> bytes = get(13, directory.resolve("changes.csv"), LIST_BYTES_MAX);
    if (bytes.isEmpty()) {
      return;
    }
    Set<String> listed = new LinkedHashSet<>();
    Instant before = Instant.MAX;
    for (String line : new String(bytes.get(), StandardCharsets.UTF_8).lines().toList()) {
      String[] cells = line.replace("\"", "").split(",", -1);
      try {
        Instant changed = OffsetDateTime.parse(cells[cells.length - 1]).toInstant();
        if (changed.isAfter(before)) {
          fail(13, "changes.csv is not sorted, the newest first");
        }
        before = changed;
        listed.add(cells[0]);
        document(cells[0], directory)
            .filter(document -> !document.current().equals(changed))
            .ifPresent(document -> fail(13, "changes.csv has another date of " + cells[0]));
      } catch (DateTimeException e) {
        fail(13, "changes.csv has a line without a date");
      }
    }
    if (!listed.equals(new LinkedHashSet<>(indexed))) {
      fail(13, "changes.csv and index.txt list different documents");
    }
  }
}
