package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.ShownText;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;

/**
 * Writes letters to print, and the signed file to put beside them, into a private folder. A file of
 * the same name is the same letter.
 */
public final class LetterNotices implements NoticeChannel {
  private final Path folder;
  private final String place;

  public LetterNotices(Path folder, String place) {
    this.folder = folder;
    this.place = place;
  }

  @Override
  public void send(TheftNotice notice, SignedDisclosure signed, Contacts.Contact contact)
      throws IOException {
    FileDisk disk = FileDisk.privateFolder(folder);
    String code = signed.checkCode();
    String address = contact.post().stream().map(ShownText::line).collect(Collectors.joining("\n"));
    String letter =
        (address.isEmpty() ? "(no postal address is known)" : address)
            + (contact.phone().isEmpty() ? "" : "\nphone " + ShownText.line(contact.phone()))
            + "\n\n\n"
            + NoticeText.of(notice, code, place, contact.language());
    disk.replace(code + ".json", signed.text().getBytes(StandardCharsets.UTF_8));
    disk.replace(code + ".txt", letter.getBytes(StandardCharsets.UTF_8));
  }
}
