package dev.counterfoil.disclosure.desk;

import dev.counterfoil.disclosure.ShownText;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.VictimCounts;
import dev.counterfoil.disclosure.documents.Draft;
import dev.counterfoil.disclosure.documents.StatementDocuments;
import dev.counterfoil.disclosure.documents.StatementDocuments.Standing;
import dev.counterfoil.disclosure.record.DisclosureRecord;
import dev.counterfoil.disclosure.record.DisclosureRecord.SaidAt;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.NoticeState;
import dev.counterfoil.disclosure.record.Publication;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The published files. They follow from the record alone, so that writing them again after a crash
 * makes the same: an older version gets its mark, a review that is overdue shows by itself.
 */
final class PublicPages {
  private final Path folder;
  private final String domain;

  PublicPages(Path folder, String domain) {
    this.folder = folder;
    this.domain = domain;
  }

  /** Writes what is missing or is different now. */
  void write(DisclosureRecord record, OwnKeys keys, Instant now) throws IOException {
    String stated = keys.statedEntry().map(entry -> entry + "\n").orElse("");
    put(folder, "keys.txt", keys.logKey() + "\n" + stated);
    put(folder, "holds.txt", HoldDesk.published(record, domain, now));
    List<SaidAt> said = record.said();
    Path days = folder.resolve("promises");
    int written = said.size();
    while (written > 0 && !Files.exists(days.resolve(written + ".json"))) {
      written--;
    }
    for (; written < said.size(); written++) {
      SaidAt one = said.get(written);
      put(
          days,
          (written + 1) + ".json",
          one.signed().with(record.log().receipt(one.position())).text());
    }
    for (IncidentRecord one : record.incidents()) {
      for (NoticeState notice : one.notices()) {
        put(
            folder.resolve("codes"),
            notice.code() + ".txt",
            "A notice of domain %s about incident %s, signed at %s, has this code.\nSHA-256 %s\n%s"
                .formatted(
                    domain,
                    ShownText.line(one.id()),
                    notice.notice().issuedAt(),
                    notice.signed().digest().hex(),
                    one.replacement(notice).map(PublicPages::replaced).orElse("")));
      }
      statements(record, one, now);
    }
  }

  /** Who has an older notice finds here that it is not the last word. */
  private static String replaced(NoticeState later) {
    return "It is out of date since %s. Read the notice with the code %s.\n"
        .formatted(later.notice().issuedAt(), later.code());
  }

  private void statements(DisclosureRecord record, IncidentRecord one, Instant now)
      throws IOException {
    List<Publication> versions = one.publications();
    if (versions.isEmpty()) {
      return;
    }
    Path place = folder.resolve("incidents").resolve(fileName(one.id()));
    for (int i = 0; i < versions.size(); i++) {
      Publication version = versions.get(i);
      boolean isLast = i == versions.size() - 1;
      Optional<Instant> staleSince =
          isLast ? Optional.empty() : Optional.of(versions.get(i + 1).at());
      Path own = place.resolve("versions").resolve(Long.toString(i + 1L));
      Draft draft = Draft.of(version);
      Standing standing =
          new Standing(domain, version.at(), version.signed().checkCode(), staleSince, now);
      SignedDisclosure signed = file(own, record, version);
      put(own, "index.txt", StatementDocuments.text(draft, standing));
      put(own, "index.html", StatementDocuments.html(draft, standing));
      if (isLast) {
        put(place, "counts.txt", VictimCounts.list(version.incident().commitments()));
        put(place, "statement.json", signed.text());
        put(place, "index.txt", StatementDocuments.text(draft, standing));
        put(place, "index.html", StatementDocuments.html(draft, standing));
      }
    }
  }

  /** The signed file keeps the receipt that it was first published with. */
  private static SignedDisclosure file(Path own, DisclosureRecord record, Publication version)
      throws IOException {
    Path present = own.resolve("statement.json");
    if (Files.exists(present)) {
      try {
        SignedDisclosure read = SignedDisclosure.parse(Files.readAllBytes(present));
        if (read.digest().equals(version.signed().digest()) && read.receipt().isPresent()) {
          return read;
        }
      } catch (FormatException e) {
        // It was changed, as one that says something else was.
      }
      System.getLogger(PublicPages.class.getName())
          .log(System.Logger.Level.WARNING, "{0} was changed, and is written again", present);
    }
    SignedDisclosure signed = version.signed().with(record.log().receipt(version.position()));
    put(own, "statement.json", signed.text());
    return signed;
  }

  /** No incident's name leads out of the folder. */
  static String fileName(String id) {
    return id.replaceAll("[^A-Za-z0-9-]", "_");
  }

  private static void put(Path place, String name, String content) throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    FileDisk disk = FileDisk.publicFolder(place);
    Path file = place.resolve(name);
    if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), bytes)) {
      disk.replace(name, bytes);
    }
  }
}
