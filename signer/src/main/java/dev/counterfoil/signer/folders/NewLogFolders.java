package dev.counterfoil.signer.folders;

import dev.counterfoil.signer.settings.SignerConfiguration;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Takes public folders for logs that begin. Signers share the folder that these lie in, so a folder
 * or link of a log's name may be there already, made by whoever holds another signer: nothing that
 * somebody else made is ever taken for a log's.
 *
 * @param configuration the signer's
 */
public record NewLogFolders(SignerConfiguration configuration) {
  /**
   * Makes the folders of logs, or takes empty ones that this process's user made before.
   *
   * @return whether all are the process's own now
   */
  public boolean claim(List<String> logs) throws IOException {
    for (String log : logs) {
      Path folder = folder(log);
      if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !isOwnAndEmpty(folder)) {
        return false;
      }
    }
    // Between looking and making somebody else may make it: what counts is that making worked.
    for (String log : logs) {
      if (!make(folder(log))) {
        return false;
      }
    }
    return true;
  }

  private Path folder(String log) {
    return configuration.process().logFolder().resolve(log);
  }

  private boolean make(Path folder) throws IOException {
    var readable =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));
    Path all = configuration.process().logFolder();
    if (!Files.isDirectory(all)) {
      Files.createDirectories(all, readable);
    }
    try {
      Files.createDirectory(folder, readable);
      return true;
    } catch (FileAlreadyExistsException e) {
      return isOwnAndEmpty(folder);
    }
  }

  /** As a crash leaves it between making it and beginning the log. */
  private boolean isOwnAndEmpty(Path folder) throws IOException {
    try {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
          || !Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS)
              .equals(Files.getOwner(configuration.process().folder()))) {
        return false;
      }
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
        return !entries.iterator().hasNext();
      }
    } catch (NoSuchFileException | AccessDeniedException | NotDirectoryException e) {
      return false;
    }
  }
}
