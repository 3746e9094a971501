import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement, type RefObject } from 'react';
import { neighbour, toneOf, visiblePart, type Layout, type PlacedNode, type Viewport } from '../model/index.ts';
import { ToneIcon } from './icon.tsx';

const ZOOMS = [0.4, 0.6, 0.8, 1, 1.25];
const NATURAL_ZOOM = 3;
const PHONE_ZOOM = 1;
const PHONE_WIDTH = 720;

const DIRECTIONS = new Map<string, Parameters<typeof neighbour>[2]>([
  ['ArrowLeft', 'left'],
  ['ArrowRight', 'right'],
  ['ArrowUp', 'up'],
  ['ArrowDown', 'down'],
]);

/** A graph with places: boxes are buttons, arrow keys lead from box to box, Enter opens one. */
export function GraphView({
  layout,
  label,
  selected,
  onOpen,
}: {
  readonly layout: Layout;
  readonly label: string;
  readonly selected: string;
  readonly onOpen: (id: string) => void;
}): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const [zoomIndex, setZoomIndex] = useState(() => (window.innerWidth <= PHONE_WIDTH ? PHONE_ZOOM : NATURAL_ZOOM));
  const zoom = ZOOMS[zoomIndex] ?? 1;
  const view = useViewport(scroller, zoom);
  const part = visiblePart(layout, view);
  useEffect(() => {
    // The panel that opens beside the graph may cover the box that was chosen.
    if (selected !== '')
      nodeButton(scroller.current, selected)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [selected]);
  const entry = layout.nodes.some((box) => box.node.id === selected) ? selected : layout.nodes[0]?.node.id;
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const id = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['node'] : undefined;
    const direction = DIRECTIONS.get(event.key);
    if (direction === undefined || id === undefined) return;
    event.preventDefault();
    nodeButton(scroller.current, neighbour(layout, id, direction))?.focus();
  };
  return (
    <div className="graph">
      <ZoomTools zoomIndex={zoomIndex} onZoom={setZoomIndex} />
      <div ref={scroller} className="graph-scroll" role="group" aria-label={label} onKeyDown={onKeyDown}>
        <div style={{ width: layout.width * zoom, height: layout.height * zoom }}>
          <div
            className="graph-plane"
            style={{ width: layout.width, height: layout.height, transform: `scale(${zoom})` }}
          >
            <Edges edges={part.edges} width={layout.width} height={layout.height} />
            {part.nodes.map((box) => (
              <NodeBox
                key={box.node.id}
                box={box}
                isSelected={box.node.id === selected}
                isEntry={box.node.id === entry}
                onOpen={onOpen}
              />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function ZoomTools({
  zoomIndex,
  onZoom,
}: {
  readonly zoomIndex: number;
  readonly onZoom: (zoomIndex: number) => void;
}): ReactElement {
  const step = (by: number, label: string, sign: string): ReactElement => (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      disabled={ZOOMS[zoomIndex + by] === undefined}
      onClick={() => onZoom(zoomIndex + by)}
    >
      {sign}
    </button>
  );
  return (
    <div className="graph-tools" role="toolbar" aria-label="Zoom">
      {step(-1, 'Zoom out', '−')}
      <span className="quiet">{Math.round((ZOOMS[zoomIndex] ?? 1) * 100)} %</span>
      {step(1, 'Zoom in', '+')}
    </div>
  );
}

function nodeButton(scroller: HTMLElement | null, id: string): HTMLElement | null | undefined {
  return scroller?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`);
}

function useViewport(scroller: RefObject<HTMLDivElement | null>, zoom: number): Viewport {
  const [view, setView] = useState<Viewport>({ left: 0, top: 0, width: 2000, height: 2000 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const read = (): void =>
      setView({
        left: element.scrollLeft / zoom,
        top: element.scrollTop / zoom,
        width: element.clientWidth / zoom,
        height: element.clientHeight / zoom,
      });
    read();
    element.addEventListener('scroll', read, { passive: true });
    window.addEventListener('resize', read);
    return () => {
      element.removeEventListener('scroll', read);
      window.removeEventListener('resize', read);
    };
  }, [scroller, zoom]);
  return view;
}

function Edges({
  edges,
  width,
  height,
}: {
  readonly edges: Layout['edges'];
  readonly width: number;
  readonly height: number;
}): ReactElement {
  return (
    <svg className="graph-edges" width={width} height={height} aria-hidden="true">
      {edges.map(({ from, to }) => (
        <path key={`${from.node.id} ${to.node.id}`} d={edgePath(from, to)} />
      ))}
    </svg>
  );
}

function edgePath(from: PlacedNode, to: PlacedNode): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const bend = Math.max(16, (x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

function NodeBox({
  box,
  isSelected,
  isEntry,
  onOpen,
}: {
  readonly box: PlacedNode;
  readonly isSelected: boolean;
  readonly isEntry: boolean;
  readonly onOpen: (id: string) => void;
}): ReactElement {
  const { node } = box;
  const words = [node.subtitle, node.title, node.state, node.mark].filter((word) => word !== '');
  return (
    <button
      type="button"
      data-node={node.id}
      className={`node tone-${toneOf(node.state)}${node.isSmall ? ' node-small' : ''}`}
      style={{ left: box.x, top: box.y, width: box.width, height: box.height }}
      aria-label={words.join(', ')}
      aria-pressed={isSelected}
      title={words.join('\n')}
      tabIndex={isEntry ? 0 : -1}
      onClick={() => onOpen(node.id)}
    >
      {node.state === '' ? null : <ToneIcon tone={toneOf(node.state)} />}
      <span className="node-text">
        <span className="node-title">{node.title}</span>
        {node.isSmall ? null : (
          <span className="node-subtitle">
            {node.subtitle}
            {node.state === '' ? '' : ` · ${node.state}`}
          </span>
        )}
      </span>
      {node.mark === '' || node.mark === 'Synced' ? null : (
        <span className="node-mark">
          <ToneIcon tone={toneOf(node.mark)} />
        </span>
      )}
    </button>
  );
}
