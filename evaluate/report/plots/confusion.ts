import { escapeXml, type Style, svg } from '../../../plot/index.js';
import type { Scored } from '../../metrics/index.js';
import type { Plot } from '../section.js';

/** With more classes than this, cells have no numbers. */
const mostNumbered = 20;

const longestName = 14;
/** The middle is left out: names that begin alike are told apart by how they end. */
const short = (name: string) => {
  const letters = [...name];
  return letters.length > longestName ? `${letters.slice(0, 6).join('')}…${letters.slice(-7).join('')}` : name;
};

/** How many images of each class (rows) were called what (columns): what is right in one colour, what is not in another. */
export const confusionPlot = ({ classes, confusion, support }: Scored): Plot => ({
  name: 'confusion',
  title: 'Confusion matrix: rows are what images are, columns what they are called',
  draw(style: Style) {
    const count = classes.length;
    const isNumbered = count <= mostNumbered;
    const cell = isNumbered ? Math.max(34, Math.min(48, 480 / count)) : Math.max(3, Math.min(20, 640 / count));
    const isNamed = cell >= 9;
    const longest = isNamed ? Math.max(...classes.map((name) => short(name).length)) : 0;
    const left = 26 + longest * 7.4;
    const isTilted = longest * 7.4 > cell;
    const top = 30 + (isTilted ? longest * 5.6 + 8 : isNamed ? 14 : 0);
    const [width, height] = [
      Math.ceil(left + count * cell + (isTilted ? longest * 4 : 8)),
      Math.ceil(top + count * cell + 8),
    ];
    const parts: string[] = [
      style.letters(left, 14, 'called', { isBold: true }),
      style.letters(4, top - 6, 'is', { isBold: true }),
      `<rect x="${left - 1}" y="${top - 1}" width="${count * cell + 1}" height="${count * cell + 1}" fill="none" stroke="${style.grid}"/>`,
    ];
    for (let row = 0; row < count; row++) {
      const y = top + row * cell;
      if (isNamed) {
        const name = short(classes[row]!);
        parts.push(style.letters(left - 6, y + cell / 2 + 4, name, { anchor: 'end' }));
        const [x, above] = [left + row * cell + cell / 2, top - 7];
        const letters = style.letters(0, 0, name, { anchor: isTilted ? 'start' : 'middle' });
        parts.push(
          `<g transform="translate(${x.toFixed(1)} ${above.toFixed(1)})${isTilted ? ' rotate(-45)' : ''}">${letters}</g>`,
        );
      }
      for (let column = 0; column < count; column++) {
        const images = confusion[row * count + column]!;
        const share = support[row]! > 0 ? images / support[row]! : 0;
        const x = left + column * cell;
        const color = row === column ? style.right : style.wrong;
        // A single mistake in hundreds is to be seen, too.
        const opacity = images === 0 ? 0 : row === column ? 0.1 + 0.7 * share : Math.min(0.85, 0.12 + 2.4 * share);
        const said = `${classes[row]} called ${classes[column]}: ${images} of ${support[row]} (${(share * 100).toFixed(1)} %)`;
        if (images > 0 || isNumbered) {
          parts.push(
            `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(cell - 1).toFixed(1)}" height="${(cell - 1).toFixed(1)}" fill="${images === 0 ? style.grid : color}" fill-opacity="${images === 0 ? 0.35 : opacity.toFixed(3)}"><title>${escapeXml(said)}</title></rect>`,
          );
        }
        if (!isNumbered || images === 0) continue;
        const text = images >= 10_000 ? `${Math.round(images / 1000)}k` : String(images);
        parts.push(
          `<g pointer-events="none">${style.letters(x + cell / 2, y + cell / 2 + 4, text, { anchor: 'middle', isBold: row === column })}</g>`,
        );
      }
    }
    return svg(width, height, style, this.title, parts.join('\n'));
  },
});
