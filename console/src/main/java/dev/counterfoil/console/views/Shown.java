package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Block;
import java.util.List;

/**
 * What stands at an address.
 *
 * @param title of the page
 * @param json all that the page shows
 * @param blocks of the page
 */
public record Shown(String title, JsonObject json, List<Block> blocks) {
  public Shown {
    blocks = List.copyOf(blocks);
  }
}
