package dev.counterfoil.disclosure.advisories;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Publishes sites whose files all hold one number, until it is killed. */
final class KilledPublisher {
  static final int FILES = 40;

  private KilledPublisher() {}

  @SuppressWarnings("InfiniteLoopStatement")
  public static void main(String[] arguments) throws IOException {
    try (SiteFolder site = SiteFolder.open(Path.of(arguments[0]))) {
      for (int number = 0; ; number++) {
        Map<String, byte[]> files = new TreeMap<>();
        for (int i = 0; i < FILES; i++) {
          files.put(
              "folder-" + i % 4 + "/" + i,
              Integer.toString(number).getBytes(StandardCharsets.UTF_8));
        }
        site.publish(files);
        System.out.print('.');
        System.out.flush();
      }
    }
  }
}
