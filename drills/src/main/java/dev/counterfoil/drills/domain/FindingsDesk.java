package dev.counterfoil.drills.domain;

import dev.counterfoil.format.word.Sighting;
import java.io.IOException;
import java.util.List;

/** The monitor of the throwaway installation, over HTTP. */
public interface FindingsDesk {
  /** Hands sightings in, as a registered reporter. */
  void report(List<Sighting> sightings) throws IOException, InterruptedException;

  /** All findings so far, oldest first. */
  List<SeenFinding> findings() throws IOException, InterruptedException;
}
